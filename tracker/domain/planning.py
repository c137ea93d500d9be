"""Which day for which visit: before refill-by, never past a day's places, with little waste.

Who can be placed at all is decided here, and so is what a day costs; the cheapest days for them
are found by `tracker/solver`. See docs/decisions/0032-a-plan-is-an-offer.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.domain.errors import TrackerError
from tracker.domain.proposing import LEAD
from tracker.domain.travel import places_of_travel

DAY = timedelta(days=1)
HORIZON = timedelta(weeks=12)
# What a day costs beside the days of drug that are thrown away, in such days. All three ours.
HASTE = 7  # fewer than LEAD open days are left behind it for a second try
AFTER_AWAY = 200  # more than any waste: due near an absence, so the visit comes before it
UNLIKED = 2  # another weekday than those on which the patient can best come
SOON_AFTER = timedelta(days=7)  # ours: due so near the return, a delayed journey is too late

Costs = Mapping[date, int]
Placing = dict[int, date]


class Unsolved(TrackerError):
    """The solver gave no plan, or one that breaks a rule: none is shown."""

    code = "unsolved"


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class PlanDay:
    """A day of the clinic: `places` None where it has no limit, `taken` what is booked.

    The way to the patients who are seen at home that day takes places too.
    """

    on: date
    is_open: bool = True
    closed_because: str = ""
    is_for_home: bool = True
    places: int | None = None
    taken: int = 0
    travel_minutes: int = 0  # there and back

    @property
    def travel_places(self) -> int:
        return places_of_travel(self.travel_minutes)

    @property
    def is_full(self) -> bool:
        return self.places is not None and self.taken + self.travel_places >= self.places

    @property
    def is_over(self) -> bool:
        return self.places is not None and self.taken + self.travel_places > self.places

    def room(self, most: int) -> int:
        """How many more visits it holds; `most` where it has no limit."""
        return (
            most
            if self.places is None
            else max(0, self.places - self.taken - self.travel_places)
        )


@dataclass(frozen=True, slots=True)
class Due:
    """A visit that is wanted: one pump, or several of one patient that come together.

    `last_on` is the last day on which it comes before refill-by; before `earliest_on` more
    than half of the filling would be thrown away. A lower `rank` is placed first.
    """

    key: int
    last_on: date
    earliest_on: date
    rank: int = 0
    away: tuple[Span, ...] = ()
    is_home: bool = False
    drug_from: date | None = None  # the earliest day on which the drug can be there
    best_weekdays: frozenset[int] = frozenset()
    refill_by_on: date | None = None  # where it isn't the last day: its hour comes too early

    def is_away(self, day: date) -> bool:
        return any(span.holds(day) for span in self.away)

    def is_late_after(self, day: date) -> bool:
        """Whether the day comes after an absence that ends too near to refill-by."""
        return any(
            span.last < day and span.last + SOON_AFTER >= self.last_on for span in self.away
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A day for each visit that could be placed, and those for which there is none."""

    placed: Placing
    unplaced: tuple[Due, ...]

    def load(self, day: PlanDay) -> int:
        """How many visits the day has with those of the plan."""
        return day.taken + sum(on == day.on for on in self.placed.values())


Solver = Callable[[Mapping[int, Costs], Sequence[PlanDay]], Placing]


def costs_of(due: Due, days: Sequence[PlanDay]) -> dict[date, int]:
    """The days on which this visit can be, room or not, and what each costs."""
    begin = max(due.earliest_on, due.drug_from or due.earliest_on)
    costs, left = {}, 0
    for day in reversed(days):
        if day.on > due.last_on or not day.is_open:
            continue
        if begin <= day.on and not due.is_away(day.on) and (day.is_for_home or not due.is_home):
            costs[day.on] = (
                (due.last_on - day.on).days
                + HASTE * (left < LEAD)
                + AFTER_AWAY * due.is_late_after(day.on)
                + UNLIKED * _is_unliked(due, day.on)
            )
        left += 1
    return dict(sorted(costs.items()))


def _is_unliked(due: Due, day: date) -> bool:
    return bool(due.best_weekdays) and day.weekday() not in due.best_weekdays


def make_plan(dues: Sequence[Due], days: Sequence[PlanDay], *, solve: Solver) -> Plan:
    """As many visits placed as can be, those of the highest risk first, at the least cost.

    The cost is that of `costs_of`; among plans that cost the same, the one whose days are
    filled most evenly. The solver isn't believed: what it gives is checked.
    """
    dues = sorted(dues, key=lambda due: (due.rank, due.last_on, due.key))
    costs = {due.key: costs_of(due, days) for due in dues}
    fitting = who_fits(dues, days, costs)
    plan = Plan(
        solve({key: costs[key] for key in costs if key in fitting}, days) if fitting else {},
        tuple(due for due in dues if due.key not in fitting),
    )
    if set(plan.placed) != fitting or faults(plan, costs, days):
        raise Unsolved("No plan could be worked out. What is booked stays as it is.")
    return plan


def who_fits(
    dues: Sequence[Due], days: Sequence[PlanDay], costs: Mapping[int, Costs]
) -> set[int]:
    """The most visits that can all have a day; where it isn't everybody, those named first.

    Each in turn takes a day with room, or one whose visit can go elsewhere: whoever finds no
    such chain could only be placed instead of one that goes before.
    """
    room = {day.on: day.room(len(dues)) for day in days}
    on_day: dict[date, list[int]] = {day.on: [] for day in days}

    def seat(key: int, seen: set[date]) -> bool:
        free = [day for day in costs[key] if day not in seen and len(on_day[day]) < room[day]]
        if free:
            on_day[free[-1]].append(key)
            return True
        for day in costs[key]:
            if day in seen:
                continue
            seen.add(day)
            for other in on_day[day]:
                if seat(other, seen):
                    on_day[day].remove(other)
                    on_day[day].append(key)
                    return True
        return False

    return {due.key for due in dues if seat(due.key, set())}


def faults(plan: Plan, costs: Mapping[int, Costs], days: Sequence[PlanDay]) -> list[str]:
    """What a plan breaks: a day that can't be, or more visits than places."""
    found = [
        f"visit {key} can't be on {on.isoformat()}"
        for key, on in plan.placed.items()
        if on not in costs[key]
    ]
    for day in days:
        new = plan.load(day) - day.taken
        if new > day.room(new):
            found.append(f"{day.on.isoformat()} has {new} visits too many or more")
    return found
