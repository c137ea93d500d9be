"""The heartbeat: one row for each tick, so that its silence can be seen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState
from tracker.models import Heartbeat, Message, Watch

KEPT = 20_160  # two weeks of minutes: enough to see when a fault began
PRUNED_AT_ONCE = 1_000


def last_tick_at(session: Session) -> datetime | None:
    """When the newest tick was; None if none ever was."""
    return session.scalar(sa.select(Heartbeat.ticked_at).order_by(Heartbeat.id.desc()).limit(1))


def oldest_due_seconds(session: Session, *, now: datetime) -> int:
    """How long the oldest due watch or message has been waiting; 0 if nothing is due."""
    climbing = sa.select(sa.func.min(Watch.next_action_at)).where(Watch.closed_at.is_(None))
    sending = sa.select(sa.func.min(Message.due_at)).where(
        Message.state.in_((MessageState.PLANNED, MessageState.HELD))
    )
    waits = [now - at for one in (climbing, sending) if (at := session.scalar(one)) is not None]
    return max(0, int(max(waits, default=timedelta(0)).total_seconds()))


def beat(
    session: Session,
    *,
    planned: int,
    skipped: int,
    oldest: int,
    breaches: Sequence[dict[str, Any]],
    faults: Sequence[str],
    host: str,
    now: datetime,
) -> Heartbeat:
    """Write what this tick did, and let go of the oldest rows beyond those kept."""
    row = Heartbeat(
        ticked_at=now,
        host=host,
        planned=planned,
        skipped=skipped,
        oldest_due_seconds=oldest,
        breaches=list(breaches),
        faults=list(faults),
    )
    session.add(row)
    session.flush()
    too_old = (
        sa.select(Heartbeat.id)
        .where(Heartbeat.id <= row.id - KEPT)
        .order_by(Heartbeat.id)
        .limit(PRUNED_AT_ONCE)
    )
    session.execute(
        sa.delete(Heartbeat)
        .where(Heartbeat.id.in_(too_old.scalar_subquery()))
        .execution_options(synchronize_session=False)
    )
    return row
