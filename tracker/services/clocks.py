"""A clock that was ahead: what it put off is brought back, or a watch is silent until then."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Message, Watch
from tracker.services.states import UNSENT

SKEW = timedelta(minutes=5)  # two hosts of one clinic may differ by so much
LONGEST_WAIT = timedelta(days=2)  # no back-off and no hold puts a message off for longer


def was_ahead(ticked_at: datetime | None, *, now: datetime) -> bool:
    """Whether the last tick was by a clock ahead of `now`: then this one sets things right."""
    return ticked_at is not None and ticked_at > now + SKEW


def bring_back(session: Session, *, now: datetime) -> int:
    """Let every watch that spoke in the future be looked at now; how many there were.

    Their messages go out now: each is looked at afresh before it is sent, and dropped where its
    step has not come.
    """
    done = session.execute(
        sa.update(Watch)
        .where(Watch.closed_at.is_(None), Watch.fired_at > now + SKEW)
        .values(fired_at=now, next_action_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(Message)
        .where(UNSENT, Message.due_at > now + LONGEST_WAIT)
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
