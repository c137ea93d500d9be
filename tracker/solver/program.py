"""A linear program of HiGHS: rows that come to something, columns that cost something."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

ENDLESS = float("inf")


@dataclass(frozen=True, slots=True)
class Column:
    """What one unit costs, how many there may be, and what each counts in which row."""

    cost: float
    most: float
    counts: tuple[tuple[int, float], ...]
    is_whole: bool = False


@dataclass(slots=True)
class Program:
    """Rows and columns, as they are put together."""

    rows: list[tuple[float, float]] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)

    def row(self, least: float, most: float) -> int:
        """The number of a new row."""
        self.rows.append((least, most))
        return len(self.rows) - 1

    def cost(self, values: Sequence[float]) -> float:
        """What the values of the columns cost together."""
        return sum(one.cost * value for one, value in zip(self.columns, values, strict=True))


@dataclass(frozen=True, slots=True)
class Solved:
    """The values of the columns, None where there are none that fit; and what that took.

    `is_final`: there are none better, or surely none at all; else the time was over.
    """

    values: list[float] | None
    is_final: bool
    seconds: float


def solved(program: Program, *, seconds: float, near: float = 0.0) -> Solved:
    """The cheapest values in so many seconds; `near` is how much dearer they may be, in parts.

    The library is not told of values to begin with: it has given back those, and called them
    the best, where it had found better ones (1.16).
    """
    import highspy as solver  # noqa: PLC0415  # heavy, and only a plan needs it
    import numpy as np  # noqa: PLC0415

    highspy: Any = solver  # it carries no types

    class Quiet(highspy.Highs):  # type: ignore[misc]
        """Says nothing on standard output, also not who it is."""

        def enableCallbacks(self) -> None:  # noqa: N802  # the library calls it first of all
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()

    model = Quiet()
    # one thread and the simplex: the same question has the same answer, at a corner
    for option, value in (
        *(("threads", 1), ("random_seed", 0), ("parallel", "off"), ("time_limit", seconds)),
        *(("mip_rel_gap", near), ("mip_abs_gap", 0.01)),  # costs are whole, or hundredths
    ):
        model.setOptionValue(option, value)
    is_whole = any(one.is_whole for one in program.columns)
    if not is_whole:
        model.setOptionValue("solver", "simplex")
    model.passModel(_table(program, highspy, np, is_whole=is_whole))
    model.run()
    status, states = model.getModelStatus(), highspy.HighsModelStatus
    has_values = model.getInfo().primal_solution_status == highspy.kSolutionStatusFeasible
    return Solved(
        list(model.getSolution().col_value) if has_values else None,
        status in (states.kOptimal, states.kInfeasible, states.kUnboundedOrInfeasible),
        model.getRunTime(),
    )


def _table(program: Program, highspy: Any, np: Any, *, is_whole: bool) -> Any:
    """The program as the library wants it, column by column."""
    columns, table = program.columns, highspy.HighsLp()
    table.num_col_, table.num_row_ = len(columns), len(program.rows)
    table.col_cost_ = np.array([one.cost for one in columns])
    table.col_lower_ = np.zeros(len(columns))
    table.col_upper_ = np.array([one.most for one in columns])
    table.row_lower_ = np.array([least for least, _ in program.rows], dtype=float)
    table.row_upper_ = np.array([most for _, most in program.rows], dtype=float)
    starts = [0]
    for one in columns:
        starts.append(starts[-1] + len(one.counts))
    table.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    table.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    counts = [count for one in columns for count in one.counts]
    table.a_matrix_.index_ = np.array([row for row, _ in counts], dtype=np.int32)
    table.a_matrix_.value_ = np.array([value for _, value in counts])
    if is_whole:
        kinds = highspy.HighsVarType
        table.integrality_ = [
            kinds.kInteger if one.is_whole else kinds.kContinuous for one in columns
        ]
    return table
