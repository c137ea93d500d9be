"""The outbox before a hand-over: what is due, and what one sender claims of it.

A claim is committed before anything is sent. All of it is asked past the mapper, by statements
put together once: each message that is sent asks for it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.batch import Due
from tracker.domain.ladder import LOUDNESS, Level
from tracker.domain.message import MessageState, may_come_from
from tracker.models import Message
from tracker.services.asking import rows_from, spelt_out
from tracker.services.states import ATTEMPT, MESSAGE, PLANNED, among, move_all

LEASE = timedelta(minutes=15)  # longer than the longest hand-over: eight answers of 60 s each
MANY = 50  # ours: fewer are sent within a blink, whoever sends them


def due(session: Session, *, now: datetime, limit: int = 100, apart: float = 0) -> list[Due]:
    """The messages that are to be sent now: the loudest first, then the longest waiting.

    Of many that are equally loud a sender may begin elsewhere, `apart` of their number from
    the first (0 to below 1), so that several don't reach for the same.
    """
    rows = rows_from(session).execute(_due_by_loudness(), {"now": now, "most": limit})
    found: list[Due] = []
    for _, alike in groupby(rows, lambda row: row.loudness):
        equal = [Due(row.id, row.contact_id) for row in alike][: limit - len(found)]
        first = int(apart * len(equal)) if len(equal) >= MANY else 0
        found += [*equal[first:], *equal[:first]]
    return found


@cache
def _due_by_loudness() -> sa.Select[*tuple[Any, ...]]:
    """One walk of the index for each level, and one question for all: every turn asks it."""
    each = sa.union_all(*map(_due_of, Level)).subquery().c
    return sa.select(each.id, each.contact_id, each.loudness).order_by(
        each.loudness.desc(), each.due_at, each.id
    )


def _due_of(level: Level) -> sa.Select[*tuple[Any, ...]]:
    row = MESSAGE.c
    loudness = sa.literal(LOUDNESS[level]).label("loudness")
    asked = (
        sa.select(row.id, row.contact_id, row.due_at, loudness)
        .where(
            PLANNED,
            row.level == level,
            row.due_at <= sa.bindparam("now", type_=row.due_at.type),
        )
        .order_by(row.due_at, row.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
    return sa.select(spelt_out(asked).subquery())


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


def begin(session: Session, message_ids: Sequence[int], *, now: datetime) -> dict[int, int]:
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


def give_back(session: Session, begun: Mapping[int, int]) -> None:
    """Messages that were claimed and not handed over wait for their turn again.

    Each is given with its attempt, which never was one.
    """
    session.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.id.in_(begun.values())))
    facts = {"claimed_by": None, "lease_until": None, "attempts": Message.attempts - 1}
    is_ours = Message.state == MessageState.CLAIMED
    move_all(session, MessageState.PLANNED, Message.id.in_(begun), is_ours, **facts)


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
    claiming = (
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
    return spelt_out(claiming)
