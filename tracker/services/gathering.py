"""What is claimed together with a message, because one person is to read it all at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState
from tracker.services.ceilings import Counted
from tracker.services.deliveries import Taken, take
from tracker.services.states import MESSAGE, PLANNED

# Ours: a digest names the worst forty, and each message that it carries is looked at afresh
# within the same transaction, which must stay short. More go into a second digest.
MOST_TOGETHER = 200


@dataclass(slots=True)
class Together:
    """The messages of one hand-over, the leader first, and the states of those let go."""

    taken: list[Taken] = field(default_factory=list)
    dropped: list[MessageState] = field(default_factory=list)
    counted: Counted = field(default_factory=dict)  # what its reader was sent today

    def add(self, found: Sequence[Taken | MessageState]) -> None:
        for one in found:
            if isinstance(one, Taken):
                self.taken.append(one)
            else:
                self.dropped.append(one)


def take_together(
    session: Session, message_ids: Sequence[int], *, host: str, now: datetime
) -> Together:
    """Claim a batch, and for a message to staff what else waits for its reader on that way.

    Each is looked at afresh by itself. A patient's messages are never put together.
    """
    together = Together()
    counted = together.counted
    together.add(take(session, message_ids, counted=counted, host=host, now=now))
    if not any(one.notice.is_to_staff for one in together.taken):
        return together
    (leader_id,) = message_ids  # a message to staff is a batch by itself
    others = _others(session, leader_id, now=now)
    if others and not _go_along(session, together, others, leader_id, host=host, now=now):
        for one in others:  # all but those that can't be taken
            _go_along(session, together, [one], leader_id, host=host, now=now)
    return together


def _go_along(
    session: Session,
    together: Together,
    message_ids: Sequence[int],
    leader_id: int,
    *,
    host: str,
    now: datetime,
) -> bool:
    """Whether these could be taken; else they stay planned, and their turn names the fault."""
    try:
        with session.begin_nested():
            found = take(
                session,
                message_ids,
                leader_id=leader_id,
                counted=together.counted,
                host=host,
                now=now,
            )
    except OperationalError:
        raise
    except Exception:
        return False
    together.add(found)
    return True


def _others(session: Session, message_id: int, *, now: datetime) -> Sequence[int]:
    """Locked by us alone, so that two senders never wait for each other in a ring."""
    facts = {"leader_id": message_id, "now": now}
    return session.connection().scalars(_waiting_too(), facts).all()


@cache
def _waiting_too() -> sa.Select[int]:
    """Put together once: it is asked for every message to staff."""
    leader = MESSAGE.alias("leader")
    return (
        sa.select(MESSAGE.c.id)
        .join(leader, leader.c.staff_id == MESSAGE.c.staff_id)
        .where(
            PLANNED,
            leader.c.id == sa.bindparam("leader_id"),
            MESSAGE.c.due_at <= sa.bindparam("now"),
            MESSAGE.c.channel == leader.c.channel,
            MESSAGE.c.clinic_id == leader.c.clinic_id,
        )
        .order_by(MESSAGE.c.due_at, MESSAGE.c.id)
        .limit(MOST_TOGETHER)
        .with_for_update(skip_locked=True, of=MESSAGE)
    )
