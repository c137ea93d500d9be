"""What is claimed together with a message, because one person is to read it all at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState
from tracker.models import Message
from tracker.services.deliveries import Taken, take
from tracker.services.states import PLANNED

# Ours: a digest names the worst forty, and each message that it carries is looked at afresh
# within the same transaction, which must stay short. More go into a second digest.
MOST_TOGETHER = 200


@dataclass(slots=True)
class Together:
    """The messages of one hand-over, the leader first, and the states of those let go."""

    taken: list[Taken] = field(default_factory=list)
    dropped: list[MessageState] = field(default_factory=list)

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
    together.add(take(session, message_ids, host=host, now=now))
    if not any(one.notice.is_to_staff for one in together.taken):
        return together
    (leader_id,) = message_ids  # a message to staff is a batch by itself
    for other_id in _others(session, leader_id, now=now):
        try:
            with session.begin_nested():
                other = take(session, [other_id], leader_id=leader_id, host=host, now=now)
        except OperationalError:
            raise
        except Exception:  # nosec B112 - it stays planned, and its own turn will name the fault
            continue
        together.add(other)
    return together


def _others(session: Session, message_id: int, *, now: datetime) -> Sequence[int]:
    """Locked by us alone, so that two senders never wait for each other in a ring."""
    leader = session.get_one(Message, message_id)
    asked = (
        sa.select(Message.id)
        .where(
            PLANNED,
            Message.staff_id == leader.staff_id,
            Message.due_at <= now,
            Message.channel == leader.channel,
            Message.clinic_id == leader.clinic_id,
        )
        .order_by(Message.due_at, Message.id)
        .limit(MOST_TOGETHER)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(asked).all()
