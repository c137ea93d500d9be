"""What a plan is made of: the days and what they hold, the visits and what a day costs them.

Who is placed is decided in `seating`. See docs/decisions/0032-a-plan-is-an-offer.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from tracker.domain.errors import TrackerError
from tracker.domain.proposing import LEAD
from tracker.domain.travel import places_of_travel, places_taken

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
    def places_taken(self) -> int:
        return places_taken(self.taken, self.travel_minutes)

    @property
    def is_full(self) -> bool:
        return self.places is not None and self.places_taken >= self.places

    @property
    def is_over(self) -> bool:
        return self.places is not None and self.places_taken > self.places

    def with_ways(self, ways: Sequence[int]) -> "PlanDay":
        """The day with as many more visits, each with the minutes of its way; 0 for none."""
        return replace(
            self,
            taken=self.taken + len(ways),
            travel_minutes=self.travel_minutes + sum(ways),
        )

    def holds(self, way_minutes: int = 0) -> bool:
        """Whether there is room for one more visit and the way to it."""
        return not self.with_ways((way_minutes,)).is_over


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
    way_minutes: int = 0  # there and back, to one who is seen at home
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
    """A day for each visit that could be placed, and those for which there is none.

    `days` are the days as they will be with the plan. Of the `unproven` it isn't known whether
    all the others could have moved so that they had a day.
    """

    placed: Placing
    unplaced: tuple[Due, ...]
    days: Mapping[date, PlanDay] = field(default_factory=dict)
    unproven: frozenset[int] = frozenset()


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
