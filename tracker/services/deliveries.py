"""The outbox before a hand-over: what is claimed is looked at afresh, and sent or let go.

`claims` says what is due, and takes it; `settling` writes down what came of the hand-over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState, check_move
from tracker.domain.outgoing import Notice
from tracker.domain.standing import Drop, why_not
from tracker.models import Message
from tracker.services import afresh, ceilings, claims, instead, notices, undelivered
from tracker.services.afresh import Seen
from tracker.services.states import MESSAGE, UNSENT, move_all

MORNING = time(9)  # when a patient's message that had to wait for another day goes out


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
    counted: ceilings.Counted | None = None,
    host: str,
    now: datetime,
) -> list[Taken | MessageState]:
    """Claim messages and look at each afresh; to be committed before anything is sent.

    The state it goes to instead where one must not be sent any more; nothing of one that
    somebody else has, or that is gone. To one patient no more than one, for what is said to
    them bears on the next; `leader_id` names the message within which it will be said, and
    `counted` keeps what its reader was sent today.
    """
    claimed = claims.claim(session, message_ids, leader_id=leader_id, host=host, now=now)
    looked = _Looked({} if counted is None else counted)
    for is_to_staff in (True, False):
        of_these = {one for one, contact in claimed.items() if (contact is None) is is_to_staff}
        ids = [one for one in message_ids if one in of_these]
        _look_through(session, looked, ids, is_to_staff=is_to_staff, now=now)
    begun = claims.begin(session, list(looked.fit), now=now)
    return [
        Taken(one, looked.fit[one], begun[one]) if one in looked.fit else looked.dropped[one]
        for one in message_ids
        if one in claimed
    ]


@dataclass(slots=True)
class _Looked:
    """What may be said of all that was claimed together, and what became of the rest."""

    counted: ceilings.Counted
    fit: dict[int, Notice] = field(default_factory=dict)
    dropped: dict[int, MessageState] = field(default_factory=dict)
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


def _drop(session: Session, seen: Seen, drop: Drop, *, now: datetime) -> MessageState:
    """Let go of a claimed message, and see to what follows from that."""
    check_move(MessageState.CLAIMED, drop.state)
    facts = {
        "number": seen.id,
        "new_state": drop.state,
        "why": drop.reason[:300],
        "again_at": _again_at(seen, drop, now=now),
    }
    session.connection().execute(_letting_go(), facts)
    if not (drop.blows_fuse or drop.asks_to_telephone or drop.tells_others):
        return drop.state
    message = session.get_one(Message, seen.id, populate_existing=True)
    if drop.blows_fuse:
        ceilings.report(session, message, now=now)
    if drop.asks_to_telephone:
        undelivered.ask_whether_told(session, message, now=now)
    if drop.tells_others:
        instead.tell_instead(session, message, now=now)
    session.flush()
    return message.state


def _again_at(seen: Seen, drop: Drop, *, now: datetime) -> datetime | None:
    """When a message that is held is due again; None for one that is not said any more."""
    if drop.is_for_today:
        tomorrow = now.astimezone(seen.zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, MORNING, tzinfo=seen.zone)
    return drop.until


@cache
def _letting_go() -> sa.Update:
    row = MESSAGE.c
    again_at = sa.bindparam("again_at", type_=row.due_at.type)
    return (
        sa.update(MESSAGE)
        .where(row.id == sa.bindparam("number"))
        .values(
            state=sa.bindparam("new_state"),
            state_reason=sa.bindparam("why"),
            claimed_by=None,
            lease_until=None,
            leader_id=None,
            attempts=row.attempts - 1,  # it was looked at, not tried
            due_at=sa.func.coalesce(again_at, row.due_at),
        )
    )


def release_holds(session: Session, *, now: datetime) -> int:
    """Put held messages whose time has come back into the queue; how many there were."""
    is_over = (UNSENT, Message.state == MessageState.HELD, Message.due_at <= now)
    return move_all(session, MessageState.PLANNED, *is_over, state_reason="")
