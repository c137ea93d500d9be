"""How a pump's dates moved: written when they move, and read again later."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import DateChange, Pump, Watch

NOT_TOLD = frozenset(
    {EvidenceKind.REHEARSAL}
)  # nothing has been written down: somebody looks ahead


@dataclass(frozen=True, slots=True)
class Stood:
    """What a watch said before: its date and the rule that set it."""

    at: datetime | None
    rule: str | None


def stood(watch: Watch | None) -> Stood | None:
    """What the watch says now, to be compared later; None where there is none."""
    return None if watch is None else Stood(watch.danger_at, watch.binding_rule)


def keep_move(
    session: Session,
    pump: Pump,
    watch: Watch,
    before: Stood | None,
    *,
    because: Evidence,
    why: Callable[[], str],
    now: datetime,
) -> None:
    """Write down that the date moved to another day, or is set by another rule."""
    if before is None or because.kind in NOT_TOLD:
        return
    zone, after = pump.clinic.zone, Stood(watch.danger_at, watch.binding_rule)
    days = [one.at and one.at.astimezone(zone).date() for one in (before, after)]
    if days[0] == days[1] and before.rule == after.rule:
        return
    session.add(
        DateChange(
            pump_id=pump.id,
            kind=watch.kind.value,
            was_at=before.at,
            is_at=after.at,
            was_rule=before.rule,
            is_rule=after.rule,
            because=why(),
            evidence_kind=because.kind,
            evidence_id=because.id,
            recorded_at=now,
        )
    )


def changes_of(session: Session, pump: Pump, *, limit: int = 50) -> Sequence[DateChange]:
    """The last moves of this pump's dates, newest first."""
    found = (
        sa.select(DateChange)
        .where(DateChange.pump_id == pump.id)
        .order_by(DateChange.id.desc())
        .limit(limit)
    )
    return session.scalars(found).all()
