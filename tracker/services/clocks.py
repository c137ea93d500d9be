"""A clock that was ahead: what it put off is brought back, or it is silent until then."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Attempt, Message, Watch
from tracker.services.claims import LEASE
from tracker.services.climbing import POISON_WAIT, SET_ASIDE
from tracker.services.states import CLAIMED, UNSENT

SKEW = timedelta(minutes=5)  # two hosts of one clinic may differ by so much


def was_ahead(ticked_at: datetime | None, *, now: datetime) -> bool:
    """Whether the last tick was by a clock ahead of `now`: then this one sets things right."""
    return ticked_at is not None and ticked_at > now + SKEW


def bring_back(session: Session, *, now: datetime) -> int:
    """Let every watch that speaks by the future be looked at now; how many there were.

    Messages go out now: each is looked at afresh before it is sent, and dropped where its step
    has not come, or held again.
    """
    _requeue(session, now=now)
    _date_what_was_sent(session, now=now)
    return _wake(session, now=now)


def _wake(session: Session, *, now: datetime) -> int:
    """Watches that were opened, that spoke or were set aside in the future."""
    ahead = now + SKEW
    is_open = Watch.closed_at.is_(None)
    woken = _update(
        session,
        sa.update(Watch)
        .where(is_open, Watch.fired_at > ahead)
        .values(fired_at=now, next_action_at=now),
    )
    # one that was opened then has waited for its first step ever since
    woken += _update(
        session,
        sa.update(Watch)
        .where(is_open, Watch.opened_at > ahead)
        .values(opened_at=now, next_action_at=now),
    )
    return woken + _update(
        session,
        sa.update(Watch)
        .where(
            is_open, Watch.next_action == SET_ASIDE, Watch.next_action_at > ahead + POISON_WAIT
        )
        .values(next_action_at=now),
    )


def _requeue(session: Session, *, now: datetime) -> None:
    """Back-offs, holds and leases counted from the future; a sender alive keeps its lease."""
    _update(session, sa.update(Message).where(UNSENT, Message.due_at > now).values(due_at=now))
    _update(
        session,
        sa.update(Message)
        .where(CLAIMED, Message.lease_until > now + LEASE)
        .values(lease_until=now + LEASE),
    )


def _date_what_was_sent(session: Session, *, now: datetime) -> None:
    """What was handed over in the future was so at the latest now; its attempt keeps the rest.

    Else its reader would count as told today, and as told enough, until that day.
    """
    ahead = now + SKEW
    attempts = sa.select(Attempt.message_id).where(Attempt.started_at > ahead)
    then = Message.id.in_(attempts)
    update = sa.update(Message)
    _update(session, update.where(then, Message.sent_at > ahead).values(sent_at=now))
    _update(session, update.where(then, Message.due_at > ahead).values(due_at=now))


def _update(session: Session, statement: Any) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
