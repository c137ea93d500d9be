"""What was measured at each refill beside what was expected, and what has not been settled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.residual import Grade, Residual, compare, unsettled
from tracker.models import Assessment, Pump
from tracker.services.charts import Chart, ChartedFill
from tracker.services.outlooks import expected_residual_ml


@dataclass(frozen=True, slots=True)
class Measured:
    """One refill whose residual was measured and can be compared."""

    refill_id: int
    filled_at: datetime
    residual: Residual
    is_by_programmer: bool  # what was expected; else by our records


def measured_refills(chart: Chart, *, newest: int | None = None) -> tuple[Measured, ...]:
    """The refills that can be compared, oldest first; of many only the newest so many."""
    found: list[Measured] = []
    for fill in reversed(chart.fills):
        if newest is not None and len(found) == newest:
            break
        if fill.id is None:
            continue
        measured = _measured(fill.id, fill, residual_at(chart, fill))
        if measured is not None:
            found.append(measured)
    return tuple(reversed(found))


def residual_at(chart: Chart, fill: ChartedFill) -> Residual | None:
    """How far the residual measured at one refill is off; None where that can't be said.

    The programmer's expected residual is preferred over ours [S:25,48].
    """
    measured, expected = fill.actual_residual_ml, fill.expected_residual_ml
    if measured is None:
        return None
    last = chart.before(fill.fill.at).latest_fill
    if expected is None:
        expected = expected_residual_ml(chart, fill.fill.at)
    if last is None or expected is None:
        return None
    return compare(last.fill.volume_ml, expected, measured)


def unsettled_refill(session: Session, pump: Pump, chart: Chart) -> Measured | None:
    """The refill whose discrepancy is red and has not been assessed; None where all are."""
    looked_at = dict(_newest_first(chart))
    grades = {one: m.residual.grade if m else None for one, m in looked_at.items()}
    assessed = assessed_of(session, pump) if Grade.RED in grades.values() else ()
    refill_id = unsettled(grades.items(), assessed)
    return None if refill_id is None else looked_at[refill_id]


def _newest_first(chart: Chart) -> Iterator[tuple[int, Measured | None]]:
    """Each refill with what was measured, back to the first one inside the limits."""
    for fill in reversed(chart.fills):
        if fill.id is None:
            continue
        residual = residual_at(chart, fill)
        yield fill.id, _measured(fill.id, fill, residual)
        if residual is not None and residual.grade is Grade.WITHIN:
            return


def _measured(refill_id: int, fill: ChartedFill, residual: Residual | None) -> Measured | None:
    if residual is None:
        return None
    stated = fill.expected_residual_ml is not None
    return Measured(refill_id, fill.fill.at, residual, stated)


def assessed_of(session: Session, pump: Pump) -> set[int]:
    """The refills of this pump whose discrepancy somebody has assessed."""
    return set(
        session.scalars(sa.select(Assessment.refill_id).where(Assessment.pump_id == pump.id))
    )
