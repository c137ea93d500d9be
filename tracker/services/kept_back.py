"""What a watch would say to a patient who is in hospital elsewhere, and whom it tells instead.

The same for the board, the page of a pump and that of a watch: nothing goes to the patient.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.escalation import Anchors, Ladder, ladder_from
from tracker.domain.position import step_dues
from tracker.models import Patient, Policy, Pump, Watch


@dataclass(frozen=True, slots=True)
class KeptBack:
    """When staff are told next, and by which step; None where the ladder tells them no more."""

    staff_at: datetime | None
    staff_step: str


def kept_back(session: Session, watch_ids: Iterable[int]) -> dict[int, KeptBack]:
    """Of these watches the ones whose next step is the patient's, who is admitted elsewhere."""
    asked = (
        sa.select(
            Watch.id,
            *(Watch.danger_at, Watch.dry_at, Watch.opened_at, Watch.counts_from_at),
            *(Watch.cursor, Watch.fired_at, Watch.next_action, Watch.next_action_at),
            Policy.steps,
        )
        .join(Policy, Policy.id == Watch.policy_id)
        .join(Pump, Pump.id == Watch.pump_id)
        .join(Patient, Patient.id == Pump.patient_id)
        .where(
            Watch.id.in_(list(watch_ids)),
            Watch.closed_at.is_(None),
            Patient.admitted_at.is_not(None),
        )
    )
    found = {}
    for row in session.execute(asked):
        ladder = ladder_from(row.steps)
        if any(one.is_outside and one.name == row.next_action for one in ladder.steps):
            found[row.id] = _staff_next(ladder, row)
    return found


def _staff_next(ladder: Ladder, row: Any) -> KeptBack:
    anchors = Anchors(row.danger_at, row.dry_at, row.opened_at, row.counts_from_at)
    dues = step_dues(ladder, anchors)
    coming = [*_later(ladder, dues, row), *_repeat(ladder, row)]
    at, name = min(coming, default=(None, ""))
    return KeptBack(at, name)


def _later(
    ladder: Ladder, dues: Sequence[datetime | None], row: Any
) -> list[tuple[datetime, str]]:
    """The steps to staff that are still above the watch."""
    above = zip(ladder.steps[row.cursor :], dues[row.cursor :], strict=True)
    return [(due, step.name) for step, due in above if due is not None and not step.is_outside]


def _repeat(ladder: Ladder, row: Any) -> list[tuple[datetime, str]]:
    """The step that it stands on, where that one tells staff again."""
    if not row.cursor or row.fired_at is None:
        return []
    step = ladder.steps[row.cursor - 1]
    if step.is_outside or step.repeat is None:
        return []
    return [(row.fired_at + step.repeat, step.name)]
