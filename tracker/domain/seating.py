"""Who has a day in the plan: those of the highest risk first, and no day past its places.

Who can be placed at all is decided here; a room that knows of no patient (`tracker/solver`)
finds the cheapest days for them, and answers where visits with a way stand in each other's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from tracker.domain.planning import Costs, Due, Placing, Plan, PlanDay, Unsolved, costs_of
from tracker.domain.travel import MINUTES_OF_A_PLACE, minutes_left


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit that wants a day: what each possible one costs, and the minutes of its way."""

    costs: Costs
    way_minutes: int = 0

    @property
    def minutes(self) -> int:
        return MINUTES_OF_A_PLACE + self.way_minutes


class Solver(Protocol):
    """What reckons; it isn't believed: what it gives is checked."""

    def seat(self, asked: Mapping[int, Asked], days: Sequence[PlanDay]) -> Placing | None:
        """A day for each visit, at whatever cost; None if that can't be. Or `Unsolved`."""

    def assign(
        self, asked: Mapping[int, Asked], days: Sequence[PlanDay], begin: Placing
    ) -> Placing:
        """The cheapest day for each visit, in time; `begin` is a plan with all of them."""


def make_plan(dues: Sequence[Due], days: Sequence[PlanDay], *, solver: Solver) -> Plan:
    """A day for each visit that can have one beside those that go before it, at the least cost.

    The cost is that of `costs_of`; among plans that cost the same, the one whose days are
    filled most evenly, the way counted by the minute.
    """
    dues = sorted(dues, key=lambda due: (due.rank, due.last_on, due.key))
    asked = {due.key: Asked(costs_of(due, days), due.way_minutes) for due in dues}
    seats = Seats(asked, days, solver)
    for due in dues:
        seats.take(due.key)
    fitting = {key: asked[key] for key in seats.where}
    placed = solver.assign(fitting, days, dict(seats.where)) if fitting else {}
    plan = Plan(
        placed,
        tuple(due for due in dues if due.key not in fitting),
        _days_with(placed, asked, days),
        frozenset(seats.unproven),
    )
    if set(placed) != set(fitting) or faults(plan, asked, days):
        raise Unsolved("No plan could be worked out. What is booked stays as it is.")
    return plan


class Seats:
    """Who has which day so far. Each in turn takes one with room, or moves others for it.

    Whoever still finds none could only be placed instead of one that goes before.
    """

    def __init__(
        self, asked: Mapping[int, Asked], days: Sequence[PlanDay], solver: Solver
    ) -> None:
        self.asked, self.days, self.solver = asked, days, solver
        self.where: Placing = {}
        self.left_out: list[int] = []
        self.unproven: set[int] = set()
        self._on: dict[date, list[int]] = {day.on: [] for day in days}
        enough = sum(one.minutes for one in asked.values())
        self._free = {
            day.on: enough
            if day.places is None
            else minutes_left(day.places, day.taken, day.travel_minutes)
            for day in days
        }

    def take(self, key: int) -> None:
        """Find this visit a day beside all that have one; else it is left out."""
        if self._sit(key, set()):
            return
        if not self._is_harder_than_one_left_out(key):
            try:
                placed = self._asked_of_the_solver(key)
            except Unsolved:
                self.unproven.add(key)
                placed = None
            if placed is not None:
                for moved in [one for one in placed if one in self.where]:
                    self._leave(moved)
                for one, on in placed.items():
                    self._put(one, on)
                return
        self.left_out.append(key)

    def _sit(self, key: int, seen: set[date]) -> bool:
        """Take the cheapest day with room, or one whose visits can go elsewhere."""
        costs = self.asked[key].costs
        free = [on for on in costs if on not in seen and self._holds(key, on)]
        if free:
            self._put(key, min(free, key=lambda on: (costs[on], -on.toordinal())))
            return True
        for on in costs:
            if on in seen:
                continue
            seen.add(on)
            for other in list(self._on[on]):
                self._leave(other)
                if not self._sit(other, seen):
                    self._put(other, on)
                elif self._holds(key, on):
                    self._put(key, on)
                    return True
        return False

    def _asked_of_the_solver(self, key: int) -> Placing | None:
        """A day for this visit and for all that could make room; None if there is none.

        Where no way is among them, each takes one place: then moving one after the other, as
        `_sit` does, has tried everything.
        """
        keys, days = {key}, set(self.asked[key].costs)
        new = list(days)
        while new:
            for other in self._on[new.pop()]:
                if other not in keys:
                    keys.add(other)
                    more = set(self.asked[other].costs) - days
                    days |= more
                    new += more
        if not days or not any(self.asked[one].way_minutes for one in keys):
            return None
        among = {one: self.asked[one] for one in sorted(keys)}
        return self.solver.seat(among, [day for day in self.days if day.on in days])

    def _is_harder_than_one_left_out(self, key: int) -> bool:
        """Whether one that could be on all of its days, with no longer way, found none."""
        mine = self.asked[key]
        return any(
            mine.costs.keys() <= theirs.costs.keys() and mine.way_minutes >= theirs.way_minutes
            for theirs in (self.asked[one] for one in self.left_out if one not in self.unproven)
        )

    def _holds(self, key: int, on: date) -> bool:
        return self._free[on] >= self.asked[key].minutes

    def _put(self, key: int, on: date) -> None:
        self.where[key] = on
        self._on[on].append(key)
        self._free[on] -= self.asked[key].minutes

    def _leave(self, key: int) -> None:
        on = self.where.pop(key)
        self._on[on].remove(key)
        self._free[on] += self.asked[key].minutes


def faults(plan: Plan, asked: Mapping[int, Asked], days: Sequence[PlanDay]) -> list[str]:
    """What a plan breaks: a day that can't be or is over, a visit left out for nothing.

    Whether a day is over is asked as it is at a booking.
    """
    found = [
        f"visit {key} can't be on {on.isoformat()}"
        for key, on in plan.placed.items()
        if on not in asked[key].costs
    ]
    then = _days_with(plan.placed, asked, days)
    found += [
        f"{day.on.isoformat()} is past its places"
        for day in days
        if then[day.on].is_over and then[day.on] != day
    ]
    found += [
        f"visit {due.key} could be on {on.isoformat()}"
        for due in plan.unplaced
        for on in asked[due.key].costs
        if then[on].holds(due.way_minutes)
    ]
    return found


def _days_with(
    placed: Placing, asked: Mapping[int, Asked], days: Sequence[PlanDay]
) -> dict[date, PlanDay]:
    ways: dict[date, list[int]] = {day.on: [] for day in days}
    for key, on in placed.items():
        ways[on].append(asked[key].way_minutes)
    return {day.on: day.with_ways(ways[day.on]) for day in days}
