"""The cheapest day for each visit, by linear programming (HiGHS).

The table of who is on which day is that of a flow, so a corner of the solution has whole
numbers. Each further visit of a day costs more than the one before, so that of two plans with
the same waste the more even one is cheaper; that cost never outweighs one day of drug.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tracker.domain.planning import Costs, Placing, PlanDay, Unsolved

# A column of the table: its cost, its highest value, and what it counts in which row.
Column = tuple[float, float, tuple[tuple[int, float], ...]]


def assign(costs: Mapping[int, Costs], days: Sequence[PlanDay]) -> Placing:
    """A day for each visit; there must be a plan with all of them."""
    keys, pairs, columns = list(costs), list[tuple[int, date]](), list[Column]()
    row_of_day = {day.on: len(keys) + number for number, day in enumerate(days)}
    weight = _weight(len(keys), days)
    for row, key in enumerate(keys):
        for on, cost in costs[key].items():
            pairs.append((key, on))
            columns.append((float(weight * cost), 1.0, ((row, 1.0), (row_of_day[on], 1.0))))
    wanted = Counter(on for _, on in pairs)
    for day in days:
        for more in range(1, min(day.room(len(keys)), wanted[day.on]) + 1):
            grows = float(2 * (day.taken + more) - 1)  # the square of the load, by one more
            columns.append((grows, 1.0, ((row_of_day[day.on], -1.0),)))
    ends = [1.0] * len(keys) + [0.0] * len(days)
    values = _solved(columns, ends)
    return {pair[0]: pair[1] for pair, value in zip(pairs, values, strict=False) if value > 0.5}


def _weight(visits: int, days: Sequence[PlanDay]) -> int:
    """What one day of drug weighs: more than all that an uneven plan can cost."""
    fullest = max((day.taken for day in days), default=0) + visits
    return 1 + visits * (2 * fullest)


def _solved(columns: Sequence[Column], ends: Sequence[float]) -> list[float]:
    """The values of the columns at the least cost, where each row comes to its end."""
    import highspy as solver  # noqa: PLC0415  # heavy, and only a plan needs it
    import numpy as np  # noqa: PLC0415

    highspy: Any = solver  # it carries no types

    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(columns), len(ends)
    program.col_cost_ = np.array([cost for cost, _, _ in columns])
    program.col_lower_ = np.zeros(len(columns))
    program.col_upper_ = np.array([most for _, most, _ in columns])
    program.row_lower_ = program.row_upper_ = np.array(ends)
    starts = [0]
    for _, _, counts in columns:
        starts.append(starts[-1] + len(counts))
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    program.a_matrix_.index_ = np.array(
        [row for _, _, counts in columns for row, _ in counts], dtype=np.int32
    )
    program.a_matrix_.value_ = np.array(
        [value for _, _, counts in columns for _, value in counts]
    )

    class Quiet(highspy.Highs):  # type: ignore[misc]
        """Says nothing on standard output, also not who it is."""

        def enableCallbacks(self) -> None:  # noqa: N802  # the library calls it first of all
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()

    model = Quiet()
    # one thread and the simplex: the same question has the same answer, at a corner
    for option, value in (
        *(("threads", 1), ("random_seed", 0)),
        *(("solver", "simplex"), ("parallel", "off")),
    ):
        model.setOptionValue(option, value)
    model.passModel(program)
    model.run()
    if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise Unsolved("No plan could be worked out. What is booked stays as it is.")
    return list(model.getSolution().col_value)
