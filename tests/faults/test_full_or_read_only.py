"""A database that can be read and not written: the timer lives, and goes on by itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import messages
from tests.faults.ward import asking_patients
from tests.outlets import Listed, into
from tests.rings import RING
from tracker.db import make_engine, make_sessions
from tracker.domain.message import MessageState
from tracker.jobs import tick
from tracker.jobs.timer import once

Sessions = sessionmaker[Session]
COUNT = 3
MINUTE = timedelta(minutes=1)


def hindered(database_url: str, order: str) -> tuple[sa.Engine, Sessions]:
    """The same database for one that is given this order on each connection."""
    engine = make_engine(database_url, ring=RING)

    @sa.event.listens_for(engine, "connect")
    def _hinder(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(order)
        cursor.close()
        connection.commit()

    return engine, make_sessions(engine)


def test_promise_persistent_a_read_only_database_costs_the_time_it_lasts_and_nothing_else(
    database_url: str, sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_patients(session, COUNT, now=now)
    is_file = database_url.startswith("sqlite")
    order = "PRAGMA query_only=1" if is_file else "SET default_transaction_read_only=on"
    engine, read_only = hindered(database_url, order)
    sender = Listed()

    once(read_only, into(sender), clock=lambda: now)  # raises nothing
    lost = tick(read_only, now=now, host="h")
    nothing = list(sender.taken)
    once(sessions, into(sender), clock=lambda: now + MINUTE)

    engine.dispose()
    assert nothing == []
    assert lost.faults
    assert len(sender.taken) == len(messages(session, state=MessageState.SENT)) == COUNT


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_promise_persistent_a_full_disk_costs_the_time_it_lasts_and_nothing_else(
    database_url: str, sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_patients(session, COUNT, now=now)
    engine, full = hindered(database_url, "PRAGMA max_page_count=1")  # no page more than it has
    sender = Listed()

    for _ in range(3):
        once(full, into(sender), clock=lambda: now)  # raises nothing
    once(sessions, into(sender), clock=lambda: now + MINUTE)

    engine.dispose()
    told = [one.key for one in sender.taken]
    assert len(told) == len(set(told)) == COUNT
    assert len(messages(session, state=MessageState.SENT)) == COUNT
