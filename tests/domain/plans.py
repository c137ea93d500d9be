"""Clinics for plans: their days, who is due, and what a day holds."""

from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import Any

from tracker.domain.planning import (
    DAY,
    Due,
    Plan,
    PlanDay,
)
from tracker.domain.seating import make_plan
from tracker.solver.assigning import Assigner

MONDAY = date(2027, 3, 1)


def week(*, places: int | None = None, taken: int = 0, weeks: int = 1) -> list[PlanDay]:
    """Days from a Monday on, closed at the weekend."""
    return [
        PlanDay(MONDAY + n * DAY, is_open=n % 7 < 5, places=places, taken=taken)
        for n in range(7 * weeks)
    ]


def due(key: int = 1, last: int = 4, **facts: Any) -> Due:
    return Due(key, MONDAY + last * DAY, **{"earliest_on": MONDAY, **facts})


def planned(dues: Sequence[Due], days: Sequence[PlanDay]) -> Plan:
    """The plan, also where the machine has other things to do."""
    return make_plan(dues, days, solver=Assigner(patience=60))


def minutes_of(day: PlanDay, placed: dict[int, date], dues: list[Due]) -> tuple[int, int]:
    """The visits of a day, and the minutes on the way to them."""
    ways = [one.way_minutes for one in dues if placed.get(one.key) == day.on]
    return day.taken + len(ways), day.travel_minutes + sum(ways)


def is_within(day: PlanDay, placed: dict[int, date], dues: list[Due]) -> bool:
    visits, minutes = minutes_of(day, placed, dues)
    return visits + ceil(minutes / 60) <= (day.places or 0)
