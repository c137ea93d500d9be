"""Whether what a watch that has ended was about is over, or goes on in a later watch.

It goes on where the pump went to another clinic, and where the record that ended it was struck
out since.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.evidence import PUMP_ENDS, EvidenceKind
from tracker.models import Refill, Watch


def is_over(session: Session, watch: Watch) -> bool:
    """Whether it has ended, and nothing goes on. A visit that was called off stays so."""
    if watch.closed_at is None or watch.kind is WatchKind.VISIT:
        return watch.closed_at is not None
    if watch.pump is None or watch.pump.ended_at is not None or _ended(session, watch):
        return True
    is_same = Watch.kind == watch.kind
    if watch.alarm_id is not None:  # a pump may have several, and a minor one may get worse
        is_same = Watch.alarm_id == watch.alarm_id
    asked = sa.select(Watch).where(Watch.pump_id == watch.pump_id, is_same)
    for later in session.scalars(asked.where(Watch.id > watch.id).order_by(Watch.id)).all():
        if later.closed_at is None or _ended(session, later):
            return later.closed_at is not None
    return True


def _ended(session: Session, watch: Watch) -> bool:
    """Whether a closed watch of a running pump was ended by something that still counts."""
    if watch.evidence_kind in PUMP_ENDS:
        return False
    is_refill = watch.evidence_kind == EvidenceKind.REFILL
    return not (is_refill and _is_struck_out(session, watch.evidence_id))


def _is_struck_out(session: Session, refill_id: int | None) -> bool:
    """Whether a refill, as it was corrected since, is void."""
    row = newer = session.get(Refill, refill_id) if refill_id is not None else None
    while newer is not None:
        row = newer
        newer = session.scalar(sa.select(Refill).where(Refill.replaces_id == row.id))
    return row is not None and row.is_void
