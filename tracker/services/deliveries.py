"""The outbox before a hand-over: what is due, claimed, and looked at afresh.

A claim is committed before anything is sent; `settling` writes down what came of it.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.escalation import Level
from tracker.domain.message import MessageState
from tracker.domain.outgoing import Notice
from tracker.domain.standing import Drop, why_not
from tracker.models import Attempt, Message
from tracker.services import ceilings, notices
from tracker.services.states import PLANNED, UNSENT, move, move_all

LEASE = timedelta(minutes=15)  # longer than the longest hand-over: eight answers of 60 s each
MORNING = time(9)  # when a patient's message that had to wait for another day goes out


def due_ids(session: Session, *, now: datetime, limit: int = 100) -> list[int]:
    """The messages that are to be sent now: the loudest first, then the longest waiting."""
    found: list[int] = []
    for level in reversed(Level):  # one walk of the index for each
        asked = (
            sa.select(Message.id)
            .where(PLANNED, Message.level == level, Message.due_at <= now)
            .order_by(Message.due_at, Message.id)
            .limit(limit - len(found))
        )
        if len(found) < limit:
            found += session.scalars(asked)
    return found


@dataclass(frozen=True, slots=True)
class Taken:
    """A claimed message that may be sent: what it speaks of, and the attempt begun."""

    message_id: int
    notice: Notice
    attempt_id: int


def take(
    session: Session,
    message_id: int,
    *,
    leader_id: int | None = None,
    host: str,
    now: datetime,
) -> Taken | MessageState | None:
    """Claim one message and look at it afresh; to be committed before anything is sent.

    The state it goes to instead where it must not be sent any more; None if somebody else has
    it, or it is gone. `leader_id` names the message within which it will be said.
    """
    if not claim(session, message_id, leader_id=leader_id, host=host, now=now):
        return None
    message, clinic = notices.load(session, message_id)
    drop = why_not(notices.standing(session, message, clinic, now=now))
    if drop is not None:
        _drop(session, message, drop, clinic.zone, now=now)
        return message.state
    notice = notices.notice(session, message, clinic, now=now)
    attempt = Attempt(message_id=message.id, started_at=now, outcome="started")
    session.add(attempt)
    session.flush()
    return Taken(message.id, notice, attempt.id)


def claim(
    session: Session,
    message_id: int,
    *,
    leader_id: int | None = None,
    host: str,
    now: datetime,
) -> bool:
    """Take one planned message for sending; False if somebody else has it, or it is gone."""
    taken = move_all(
        session,
        MessageState.CLAIMED,
        Message.id == message_id,
        Message.due_at <= now,
        claimed_by=host,
        lease_until=now + LEASE,
        leader_id=leader_id,
        attempts=Message.attempts + 1,
    )
    return taken == 1


def _drop(
    session: Session, message: Message, drop: Drop, zone: ZoneInfo, *, now: datetime
) -> None:
    move(message, drop.state, drop.reason)
    message.attempts -= 1  # it was looked at, not tried
    message.leader_id = None
    if drop.blows_fuse:
        ceilings.report(session, message, now=now)
    if drop.until is not None:
        message.due_at = drop.until
    elif drop.is_for_today:
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        message.due_at = datetime.combine(tomorrow, MORNING, tzinfo=zone)
    session.flush()


def release_holds(session: Session, *, now: datetime) -> int:
    """Put held messages whose time has come back into the queue; how many there were."""
    is_over = (UNSENT, Message.state == MessageState.HELD, Message.due_at <= now)
    return move_all(session, MessageState.PLANNED, *is_over, state_reason="")
