"""Messages of which nobody can know whether they arrived.

Staff are told again; a patient never is, and a watch asks somebody to telephone instead.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState, backoff, message_key, reference_of
from tracker.models import Message, Watch
from tracker.services import reports, undelivered
from tracker.services.notices import has_newer
from tracker.services.rosters import Recipient
from tracker.services.states import CLAIMED, move

SWEPT_AT_ONCE = 200


def sweep(session: Session, *, limit: int = SWEPT_AT_ONCE, now: datetime) -> int:
    """Settle the messages whose sender died with them in hand; how many there were."""
    dead = session.scalars(
        sa.select(Message)
        .where(CLAIMED, Message.lease_until <= now)
        .order_by(Message.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for message in dead:
        settle_unclear(session, message, "its sender stopped in between", now=now)
    return len(dead)


def settle_unclear(session: Session, message: Message, why: str, *, now: datetime) -> None:
    """Perhaps it arrived, perhaps not: staff are told again; a patient is telephoned."""
    move(message, MessageState.UNKNOWN, f"it is not known whether this was delivered: {why}")
    session.flush()
    if message.contact_id is not None:
        undelivered.ask_to_telephone(session, message, now=now)
    elif message.watch.closed_at is None:
        _tell_again(session, message, now=now)
    reports.apply_early(session, message, now=now)


def _tell_again(session: Session, old: Message, *, now: datetime) -> None:
    """Plan the same step to the same member of staff once more, under a new round of the watch.

    It waits for its back-off: a server that always drops the line must not be asked for ever.
    """
    if has_newer(session, old):
        return
    watch = session.get_one(Watch, old.watch_id, with_for_update=True, populate_existing=True)
    watch.round += 1
    name = Recipient(old.staff_id, old.contact_id, old.channel).name
    key = message_key(watch.id, old.step, watch.round, name, old.channel)
    session.add(
        Message(
            key=key,
            reference=reference_of(key),
            clinic_id=old.clinic_id,
            watch_id=watch.id,
            step=old.step,
            round=watch.round,
            level=old.level,
            template=old.template,
            staff_id=old.staff_id,
            channel=old.channel,
            state=MessageState.PLANNED,
            state_reason="told again: it is not known whether the one before arrived",
            due_at=now + backoff(old.attempts),
            attempts=old.attempts,
            planned_at=now,
        )
    )
    session.flush()
