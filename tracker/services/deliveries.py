"""The outbox before a hand-over: what is due, claimed, and looked at afresh.

A claim is committed before anything is sent; `settling` writes down what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.batch import Due
from tracker.domain.escalation import Level
from tracker.domain.message import MessageState, may_come_from
from tracker.domain.outgoing import Notice
from tracker.domain.standing import Drop, why_not
from tracker.models import Message
from tracker.services import afresh, ceilings, instead, notices, undelivered
from tracker.services.afresh import Seen
from tracker.services.asking import rows_from
from tracker.services.states import ATTEMPT, MESSAGE, PLANNED, UNSENT, among, move, move_all

LEASE = timedelta(minutes=15)  # longer than the longest hand-over: eight answers of 60 s each
MANY = 50  # ours: fewer are sent within a blink, whoever sends them
MORNING = time(9)  # when a patient's message that had to wait for another day goes out
_DUE = (
    sa.select(MESSAGE.c.id, MESSAGE.c.contact_id)
    .where(
        PLANNED,
        MESSAGE.c.level == sa.bindparam("level"),
        MESSAGE.c.due_at <= sa.bindparam("now"),
    )
    .order_by(MESSAGE.c.due_at, MESSAGE.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


def due(session: Session, *, now: datetime, limit: int = 100, apart: float = 0) -> list[Due]:
    """The messages that are to be sent now: the loudest first, then the longest waiting.

    Of many that are equally loud a sender may begin elsewhere, `apart` of their number from
    the first (0 to below 1), so that several don't reach for the same.
    """
    found: list[Due] = []
    for level in reversed(Level):  # one walk of the index for each
        if len(found) < limit:
            facts = {"level": level, "now": now, "most": limit - len(found)}
            equal = [Due(*row) for row in rows_from(session).execute(_DUE, facts)]
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
    message_ids: Sequence[int],
    *,
    leader_id: int | None = None,
    host: str,
    now: datetime,
) -> list[Taken | MessageState]:
    """Claim messages and look at each afresh; to be committed before anything is sent.

    The state it goes to instead where one must not be sent any more; nothing of one that
    somebody else has, or that is gone. To one patient no more than one, for what is said to
    them bears on the next; `leader_id` names the message within which it will be said.
    """
    claimed = claim(session, message_ids, leader_id=leader_id, host=host, now=now)
    looked = _Looked()
    for is_to_staff in (True, False):
        of_these = {one for one, contact in claimed.items() if (contact is None) is is_to_staff}
        ids = [one for one in message_ids if one in of_these]
        _look_through(session, looked, ids, is_to_staff=is_to_staff, now=now)
    begun = _begin(session, list(looked.fit), now=now)
    return [
        Taken(one, looked.fit[one], begun[one]) if one in looked.fit else looked.dropped[one]
        for one in message_ids
        if one in claimed
    ]


@dataclass(slots=True)
class _Looked:
    """What may be said of all that was claimed together, and what became of the rest."""

    fit: dict[int, Notice] = field(default_factory=dict)
    dropped: dict[int, MessageState] = field(default_factory=dict)
    counted: ceilings.Counted = field(default_factory=dict)
    watches: set[int] = field(default_factory=set)  # of which something was dropped


def _look_through(
    session: Session, looked: _Looked, ids: list[int], *, is_to_staff: bool, now: datetime
) -> None:
    """One after the other, in their order: what is dropped may leave its watch to the next."""
    every = afresh.look_at(session, ids, is_to_staff=is_to_staff) if ids else ()
    by_id = {one.id: one for one in every}
    for number in ids:
        seen = by_id[number]
        if seen.watch_id in looked.watches:
            seen = afresh.look(session, number, is_to_staff=is_to_staff)
        drop = why_not(notices.standing(session, seen, looked.counted, now=now))
        if drop is None:
            looked.fit[number] = notices.notice(session, seen, now=now)
        else:
            looked.watches.add(seen.watch_id)
            looked.dropped[number] = _drop(session, seen, drop, now=now)


def claim(
    session: Session,
    message_ids: Sequence[int],
    *,
    leader_id: int | None = None,
    host: str,
    now: datetime,
) -> dict[int, int | None]:
    """Take planned messages for sending, and whose contact each is; not what others have."""
    connection = session.connection()
    database = connection.dialect.name
    if leader_id is None and database != "sqlite":
        connection.execute(_waiting_for_others(database), {"message_ids": message_ids})
    facts = {
        "message_ids": message_ids,
        "now": now,
        "host": host,
        "lease": now + LEASE,
        "leader": leader_id,
    }
    return {
        number: contact for number, contact in connection.execute(_claiming(database), facts)
    }


def give_back(session: Session, taken: Sequence[Taken]) -> None:
    """Messages that were claimed and not handed over wait for their turn again."""
    ids = [one.message_id for one in taken]
    session.execute(
        sa.delete(ATTEMPT).where(ATTEMPT.c.id.in_([one.attempt_id for one in taken]))
    )
    facts = {"claimed_by": None, "lease_until": None, "attempts": Message.attempts - 1}
    is_ours = Message.state == MessageState.CLAIMED
    move_all(session, MessageState.PLANNED, Message.id.in_(ids), is_ours, **facts)


@cache
def _waiting_for_others(database: str) -> sa.Select[*tuple[Any, ...]]:
    """Who claims a message to a patient waits until all others that claim one have committed.

    Two claimed at the same moment would not see each other, and a patient be written to twice
    a day. It is a lock of its own, which none but senders take, and all in one order, so nobody
    waits in a ring; SQLite has one writer at a time.
    """
    asked = sa.select(MESSAGE.c.contact_id).where(
        among(MESSAGE.c.id, "message_ids", database), MESSAGE.c.contact_id.is_not(None)
    )
    whose = asked.distinct().order_by(MESSAGE.c.contact_id).subquery()
    # Of no contact there is nothing to lock. The number is any that no other lock of ours has.
    lock = sa.func.pg_advisory_xact_lock(1400, whose.c.contact_id)
    # What is asked next has a dozen tables, and to think it through takes longer than to answer
    # it: once is enough. Said along with the lock, it costs no way to the database and back.
    once = sa.func.set_config("plan_cache_mode", "force_generic_plan", True)
    return sa.select(sa.cast(lock, sa.Text), once)


@cache
def _claiming(database: str) -> sa.UpdateBase:
    """Put together once, like `_beginning`: each message that is sent asks for it.

    Whoever finds that another sender has the row in hand goes on instead of waiting.
    """
    free = sa.select(MESSAGE.c.id).where(
        among(MESSAGE.c.id, "message_ids", database),
        MESSAGE.c.due_at <= sa.bindparam("now", type_=MESSAGE.c.due_at.type),
        sa.or_(*(MESSAGE.c.state == one for one in may_come_from(MessageState.CLAIMED))),
    )
    return (
        sa.update(MESSAGE)
        .where(MESSAGE.c.id.in_(free.with_for_update(skip_locked=True)))
        .values(
            state=MessageState.CLAIMED,
            claimed_by=sa.bindparam("host"),
            lease_until=sa.bindparam("lease"),
            leader_id=sa.bindparam("leader"),
            attempts=MESSAGE.c.attempts + 1,
        )
        .returning(MESSAGE.c.id, MESSAGE.c.contact_id)
    )


def _begin(session: Session, message_ids: Sequence[int], *, now: datetime) -> dict[int, int]:
    """An attempt for each, under the number of its message."""
    if not message_ids:
        return {}
    begun = [
        {"message_id": one, "started_at": now, "outcome": "started"} for one in message_ids
    ]
    return {number: made for made, number in session.connection().execute(_beginning(), begun)}


@cache
def _beginning() -> sa.UpdateBase:
    return sa.insert(ATTEMPT).returning(ATTEMPT.c.id, ATTEMPT.c.message_id)


def _drop(session: Session, seen: Seen, drop: Drop, *, now: datetime) -> MessageState:
    message = session.get_one(Message, seen.id, populate_existing=True)
    move(message, drop.state, drop.reason)
    message.attempts -= 1  # it was looked at, not tried
    message.leader_id = None
    if drop.blows_fuse:
        ceilings.report(session, message, now=now)
    if drop.asks_to_telephone:
        undelivered.ask_whether_told(session, message, now=now)
    if drop.tells_others:
        instead.tell_instead(session, message, now=now)
    if drop.until is not None:
        message.due_at = drop.until
    elif drop.is_for_today:
        tomorrow = now.astimezone(seen.zone).date() + timedelta(days=1)
        message.due_at = datetime.combine(tomorrow, MORNING, tzinfo=seen.zone)
    session.flush()
    return message.state


def release_holds(session: Session, *, now: datetime) -> int:
    """Put held messages whose time has come back into the queue; how many there were."""
    is_over = (UNSENT, Message.state == MessageState.HELD, Message.due_at <= now)
    return move_all(session, MessageState.PLANNED, *is_over, state_reason="")
