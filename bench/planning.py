"""The plan of twelve weeks for 300 pumps in 3 clinics, and a made year of it week by week."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from bench.timing import median_ms, progress, report, seconds
from tracker.domain.planning import DAY, HORIZON, Due, PlanDay
from tracker.domain.seating import make_plan
from tracker.solver.assigning import Assigner

PUMPS, CLINICS, WEEKS = 300, 3, 52
FIRST = date(2027, 1, 4)
PLACES = 4  # a day and clinic: a hundred pumps every ten weeks need two, and one the ways
LEAST_CYCLE, MOST_CYCLE = 35, 120  # days between refills, DOMAIN 5.1
TOO_FEW = 5
AT_HOME, WAYS = 10, (20, 40, 60, 90, 120)  # every tenth is seen at home; minutes there and back
HOME_DAYS = (1, 3)  # Tuesdays and Thursdays


def bench_planning() -> None:
    """One plan, timed; then a year in which each week's visits are kept and planned again."""
    plain = a_clinic(PUMPS, random.Random(1))
    for words, dues, places in (
        ("300 pumps of one clinic", plain, PLACES * CLINICS),
        ("300 pumps of one clinic, 30 seen at home", with_ways(plain), PLACES * CLINICS),
        ("the same with too few places", with_ways(plain), TOO_FEW),
    ):
        days = a_calendar(FIRST, places)
        took = median_ms(lambda d=dues, s=days: make_plan(d, s, solver=Assigner()), runs=5)
        plan = make_plan(dues, days, solver=Assigner())
        report(
            f"a plan of 12 weeks, {words}",
            ms=took,
            placed=len(plan.placed),
            unplaced=len(plan.unplaced),
            unproven=len(plan.unproven),
            bound_ms=2000,
        )
    late = refused = refills = 0
    slowest = 0.0
    for number in range(CLINICS):
        progress(f"a made year of clinic {number + 1}")
        one = Year(PUMPS // CLINICS, random.Random(number))
        for week in range(WEEKS):
            slowest = max(slowest, seconds(lambda one=one, week=week: one.live(week)))
        late, refused, refills = late + one.late, refused + one.full, refills + one.refills
    report(
        "a made year, 300 pumps in 3 clinics, planned each week",
        refills=refills,
        after_refill_by=late,
        days_past_their_places=refused,
        slowest_plan_ms=slowest * 1000,
    )


def a_clinic(pumps: int, chance: random.Random) -> list[Due]:
    """Pumps that are due within twelve weeks."""
    return [
        Due(key, FIRST + chance.randint(3, HORIZON.days) * DAY, FIRST, rank=key % 3)
        for key in range(pumps)
    ]


def with_ways(dues: list[Due]) -> list[Due]:
    """The same pumps, every tenth of somebody who is seen at home."""
    return [
        replace(one, is_home=True, way_minutes=WAYS[one.key // AT_HOME % len(WAYS)])
        if one.key % AT_HOME == 0
        else one
        for one in dues
    ]


def a_calendar(first: date, places: int, booked: Counter[date] | None = None) -> list[PlanDay]:
    """Twelve weeks, closed at weekends and on every thirtieth day."""
    booked = booked or Counter()
    return [
        PlanDay(
            on,
            is_open=on.weekday() < 5 and on.toordinal() % 30 != 0,
            is_for_home=on.weekday() in HOME_DAYS,
            places=places,
            taken=booked[on],
        )
        for on in (first + n * DAY for n in range(HORIZON.days))
    ]


class Year:
    """A clinic whose pumps are refilled on the day that each week's plan gives them."""

    def __init__(self, pumps: int, chance: random.Random) -> None:
        self.chance = chance
        self.late = self.full = self.refills = 0
        self.dues = {key: self._next(key, FIRST - DAY) for key in range(pumps)}

    def live(self, week: int) -> None:
        """Plan on Monday, and keep what lies within the week."""
        monday = FIRST + timedelta(weeks=week)
        days = a_calendar(monday, PLACES)
        inside = [one for one in self.dues.values() if one.last_on < monday + HORIZON]
        plan = make_plan(
            [replace(one, earliest_on=max(one.earliest_on, monday)) for one in inside],
            days,
            solver=Assigner(),
        )
        kept = {key: on for key, on in plan.placed.items() if on < monday + timedelta(days=7)}
        self.full += sum(day.is_over for day in plan.days.values())
        self.late += sum(one.last_on < monday + timedelta(days=7) for one in plan.unplaced)
        for key, on in kept.items():
            self.refills += 1
            self.late += on > self.dues[key].last_on
            self.dues[key] = self._next(key, on)
        for one in plan.unplaced:  # refilled past the plan, so that the year goes on
            if one.last_on < monday + timedelta(days=7):
                self.dues[one.key] = self._next(one.key, monday)

    def _next(self, key: int, filled_on: date) -> Due:
        span = self.chance.randint(LEAST_CYCLE, MOST_CYCLE)
        due = Due(key, filled_on + span * DAY, filled_on + span // 2 * DAY, rank=key % 3)
        return with_ways([due])[0]


if __name__ == "__main__":
    bench_planning()
