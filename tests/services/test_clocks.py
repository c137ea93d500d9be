"""A clock that was ahead silences nobody for longer than it was ahead."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.riverside import DAY, FILLED_AT, open_watch, pump_of, refilled, riverside
from tracker.domain.message import MessageState
from tracker.jobs import tick
from tracker.models import Message

FAR_AHEAD = datetime(2036, 1, 1, 8, 0, tzinfo=UTC)


def planned_at(session: Session, at: datetime) -> int:
    asked = sa.select(sa.func.count(Message.id)).where(
        Message.planned_at == at, Message.state == MessageState.PLANNED
    )
    return session.scalar(asked) or 0


def test_promise_persistent_one_tick_by_a_wrong_clock_silences_no_watch(
    session: Session, sessions: sessionmaker[Session]
) -> None:
    here = riverside(session)
    pump = pump_of(session, here)
    refilled(session, pump, here)
    session.commit()
    watch = open_watch(session, pump)
    assert watch is not None
    danger_at = watch.danger_at
    assert danger_at is not None
    session.commit()  # on SQLite a reader of this kind would keep the tick waiting

    tick(sessions, now=FAR_AHEAD, host="wrong")
    tick(sessions, now=FILLED_AT + DAY, host="right")
    session.refresh(watch)
    assert watch.next_action_at is not None
    assert watch.next_action_at < danger_at
    session.commit()
    later = danger_at + timedelta(hours=1)
    tick(sessions, now=later, host="right")
    assert planned_at(session, later) > 0


def test_a_message_put_off_by_a_wrong_clock_is_looked_at_at_once(
    session: Session, sessions: sessionmaker[Session]
) -> None:
    here = riverside(session)
    pump_of(session, here)
    session.commit()
    now = FILLED_AT + 30 * DAY

    tick(sessions, now=FAR_AHEAD, host="wrong")
    tick(sessions, now=now, host="right")

    waiting = sa.select(sa.func.max(Message.due_at)).where(
        Message.state == MessageState.PLANNED
    )
    last = session.scalar(waiting)
    assert last is None or last <= now
