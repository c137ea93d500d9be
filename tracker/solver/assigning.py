"""The cheapest day for each visit, by linear programming (HiGHS).

Without a way on any day the table of who is on which day is that of a flow, so a corner of the
solution has whole numbers; with one, whole numbers are asked for. What a day is filled costs
more with each place than with the one before, so that of two plans with the same waste the
more even one is cheaper; that never outweighs one day of drug.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import ceil, floor

from tracker.domain.planning import Placing, PlanDay, Unsolved
from tracker.domain.seating import Asked
from tracker.domain.travel import MINUTES_OF_A_PLACE, minutes_left
from tracker.solver.program import ENDLESS, Column, Program, solved

# Ours: a plan of three hundred pumps is there within two seconds.
SEATING_SECONDS = 0.5  # for all the questions whether somebody has a day at all
LEAST_SECONDS, MOST_SECONDS = 0.02, 0.15  # for one of them; it has to be put, too
ASSIGNING_SECONDS = 0.8
# Ours: among so many possible days a plan is good enough that is dearer by a thousandth.
MANY, NEAR = 1000, 0.001
TINY = 1e-9


class Assigner:
    """Answers for one plan, until its seconds are used up; `patience` has them longer."""

    def __init__(self, *, patience: float = 1.0) -> None:
        self.patience = patience
        self.seconds_left = SEATING_SECONDS * patience

    def seat(self, asked: Mapping[int, Asked], days: Sequence[PlanDay]) -> Placing | None:
        """A day for each visit, at whatever cost; None if that can't be."""
        if self.seconds_left <= 0:
            raise Unsolved("The time is used up.")
        table = _Table(asked, days, is_cheap=False)
        most = min(self.seconds_left, MOST_SECONDS * self.patience)
        found = solved(table.program, seconds=most)
        self.seconds_left -= max(found.seconds, LEAST_SECONDS)
        if found.values is None and not found.is_final:
            raise Unsolved("The time is used up.")
        return None if found.values is None else table.placing(found.values)

    def assign(
        self, asked: Mapping[int, Asked], days: Sequence[PlanDay], begin: Placing
    ) -> Placing:
        """The cheapest day for each visit; as good a one as is found in time."""
        table = _Table(asked, days, is_cheap=True)
        near = NEAR if len(table.pairs) > MANY else 0.0
        found = solved(table.program, seconds=ASSIGNING_SECONDS * self.patience, near=near)
        cost, standing = table.program.cost, table.values(begin)
        if found.values is None or cost(found.values) > cost(standing):
            return begin
        return table.placing(found.values)


class _Table:
    """The program of one question: a column for each visit and day, then how days fill."""

    def __init__(
        self, asked: Mapping[int, Asked], days: Sequence[PlanDay], *, is_cheap: bool
    ) -> None:
        self.asked, self.program = asked, Program()
        self.pairs: list[tuple[int, date]] = []
        wanted: dict[date, list[Asked]] = {}
        for one in asked.values():
            for on in one.costs:
                wanted.setdefault(on, []).append(one)
        self.days = {day.on: _Filling(day, wanted[day.on]) for day in days if day.on in wanted}
        is_whole = any(not day.is_flow for day in self.days.values())
        weight = self._weight() if is_cheap else 0
        for key, one in asked.items():
            row = self.program.row(1.0, 1.0)
            for on, cost in one.costs.items():
                self.pairs.append((key, on))
                counts = ((row, 1.0), (self._row_of(on, is_cheap), _places(one.minutes)))
                self.program.columns.append(
                    Column(float(weight * cost), 1.0, counts, is_whole=is_whole)
                )
        if is_cheap:
            for day in self.days.values():
                for rise, most in day.steps():
                    self.program.columns.append(Column(rise, most, ((day.row, -1.0),)))

    def _row_of(self, on: date, is_cheap: bool) -> int:
        day = self.days[on]
        if day.row < 0:
            day.row = self.program.row(*((0.0, 0.0) if is_cheap else (-ENDLESS, day.room)))
        return day.row

    def _weight(self) -> int:
        """What one day of drug weighs: more than all that an uneven plan can cost."""
        fullest = max((day.load + day.room for day in self.days.values()), default=0.0)
        total = sum(_places(one.minutes) for one in self.asked.values())
        return 1 + ceil(total * (2 * ceil(fullest) + 1))

    def values(self, placing: Placing) -> list[float]:
        """The columns' values of a plan."""
        values = [float(placing[key] == on) for key, on in self.pairs]
        filled = dict.fromkeys(self.days, 0.0)
        for key, on in placing.items():
            filled[on] += _places(self.asked[key].minutes)
        for on, day in self.days.items():
            for _, most in day.steps():
                values.append(min(most, filled[on]))
                filled[on] -= values[-1]
        return values

    def placing(self, values: Sequence[float]) -> Placing:
        """The plan that the values mean."""
        pairs = zip(self.pairs, values, strict=False)
        return {pair[0]: pair[1] for pair, value in pairs if value > 0.5}


class _Filling:
    """How a day can be filled, in places; a way takes parts of them."""

    def __init__(self, day: PlanDay, wanted: Sequence[Asked]) -> None:
        self.row = -1
        self.load = day.taken + _places(day.travel_minutes)
        self.room = _places(sum(one.minutes for one in wanted))
        if day.places is not None:
            left = minutes_left(day.places, day.taken, day.travel_minutes)
            self.room = max(0.0, min(self.room, _places(left)))
        has_way = any(one.way_minutes for one in wanted)
        if not has_way:
            self.room = float(floor(self.room + TINY))
        self.is_flow = not has_way and not day.travel_minutes % MINUTES_OF_A_PLACE

    def steps(self) -> Iterator[tuple[float, float]]:
        """By how much the square of the load grows with the next places, and how many."""
        load, left = self.load, self.room
        while left > TINY:
            top = floor(load + TINY) + 1
            most = min(top - load, left)
            yield float(2 * top - 1), most
            load, left = load + most, left - most


def _places(minutes: int) -> float:
    return minutes / MINUTES_OF_A_PLACE
