"""The outbox before a hand-over: what is due, claimed, and looked at afresh.

A claim is committed before anything is sent; `settling` writes down what came of it.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.escalation import Level
from tracker.domain.message import MessageState, may_come_from
from tracker.domain.outgoing import Notice
from tracker.domain.standing import Drop, why_not
from tracker.models import Message
from tracker.services import afresh, ceilings, notices
from tracker.services.states import ATTEMPT, MESSAGE, PLANNED, UNSENT, move, move_all

LEASE = timedelta(minutes=15)  # longer than the longest hand-over: eight answers of 60 s each
MANY = 50  # ours: fewer are sent within a blink, whoever sends them
MORNING = time(9)  # when a patient's message that had to wait for another day goes out
# Of no contact there is nothing to lock. The number is any that no other lock of ours has.
ONE_BY_ONE = sa.cast(sa.func.pg_advisory_xact_lock(1400, MESSAGE.c.contact_id), sa.Text)


def due_ids(
    session: Session, *, now: datetime, limit: int = 100, apart: float = 0
) -> list[int]:
    """The messages that are to be sent now: the loudest first, then the longest waiting.

    Of many that are equally loud a sender may begin elsewhere, `apart` of their number from
    the first (0 to below 1), so that several don't reach for the same.
    """
    found: list[int] = []
    for level in reversed(Level):  # one walk of the index for each
        asked = (
            sa.select(Message.id)
            .where(PLANNED, Message.level == level, Message.due_at <= now)
            .order_by(Message.due_at, Message.id)
            .limit(limit - len(found))
        )
        if len(found) < limit:
            equal = session.scalars(asked).all()
            first = int(apart * len(equal)) if len(equal) >= MANY else 0
            found += [*equal[first:], *equal[:first]]
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
    claimed = claim(session, message_id, leader_id=leader_id, host=host, now=now)
    if claimed is None:
        return None
    seen = afresh.look(session, message_id, is_to_staff=claimed.contact_id is None)
    drop = why_not(notices.standing(session, seen, now=now))
    if drop is not None:
        message = session.get_one(Message, message_id, populate_existing=True)
        _drop(session, message, drop, seen.zone, now=now)
        return message.state
    notice = notices.notice(session, seen, now=now)
    begun = {"message_id": message_id, "started_at": now, "outcome": "started"}
    return Taken(message_id, notice, session.connection().scalar(_beginning(), begun))


def claim(
    session: Session,
    message_id: int,
    *,
    leader_id: int | None = None,
    host: str,
    now: datetime,
) -> sa.Row[tuple[int | None]] | None:
    """Take one planned message for sending; None if somebody else has it, or it is gone."""
    facts = {
        "message_id": message_id,
        "now": now,
        "host": host,
        "lease": now + LEASE,
        "leader": leader_id,
    }
    asked = _claiming(session.get_bind().dialect.name)
    return session.connection().execute(asked, facts).one_or_none()


@cache
def _claiming(database: str) -> sa.UpdateBase:
    """Put together once, like `_beginning`: each message that is sent asks for it.

    Whoever finds that another sender has the row in hand goes on instead of waiting. Who
    claims a message to a patient waits until all others that claim one have committed: two
    claimed at the same moment would not see each other, and a patient be written to twice a
    day. It is a lock of its own, which none but senders take, so nobody waits in a ring; and
    SQLite has one writer at a time.
    """
    free = sa.select(MESSAGE.c.id).where(
        MESSAGE.c.id == sa.bindparam("message_id"),
        MESSAGE.c.due_at <= sa.bindparam("now", type_=MESSAGE.c.due_at.type),
        MESSAGE.c.state.in_(may_come_from(MessageState.CLAIMED)),
    )
    return (
        sa.update(MESSAGE)
        .where(MESSAGE.c.id == free.with_for_update(skip_locked=True).scalar_subquery())
        .values(
            state=MessageState.CLAIMED,
            claimed_by=sa.bindparam("host"),
            lease_until=sa.bindparam("lease"),
            leader_id=sa.bindparam("leader"),
            attempts=MESSAGE.c.attempts + 1,
        )
        .returning(MESSAGE.c.contact_id, *([] if database == "sqlite" else [ONE_BY_ONE]))
    )


@cache
def _beginning() -> sa.UpdateBase:
    return sa.insert(ATTEMPT).returning(ATTEMPT.c.id)


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
