"""A database that can be read and not written: the timer lives, and goes on by itself."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import messages
from tests.faults.hindering import NO_PAGE_MORE, READ_ONLY, full_below, hindered
from tests.faults.ward import asking_patients
from tests.outlets import Listed, into
from tracker.domain.message import MessageState
from tracker.jobs import tick
from tracker.jobs.rounds import once

Sessions = sessionmaker[Session]
COUNT = 3
MINUTE = timedelta(minutes=1)


def test_promise_persistent_a_read_only_database_costs_the_time_it_lasts_and_nothing_else(
    database_url: str, sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_patients(session, COUNT, now=now)
    engine, read_only = hindered(database_url, READ_ONLY)
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
    engine, full = hindered(database_url, NO_PAGE_MORE)
    sender = Listed()

    for _ in range(3):
        once(full, into(sender), clock=lambda: now)  # raises nothing
    once(sessions, into(sender), clock=lambda: now + MINUTE)

    engine.dispose()
    told = [one.key for one in sender.taken]
    assert len(told) == len(set(told)) == COUNT
    assert len(messages(session, state=MessageState.SENT)) == COUNT


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("table", "phase"), [("message", "climb"), ("attempt", ""), ("heartbeat", "heartbeat")]
)
def test_promise_persistent_a_server_without_room_costs_the_time_it_lasts_and_nothing_else(
    engine: sa.Engine,
    sessions: Sessions,
    session: Session,
    now: datetime,
    table: str,
    phase: str,
) -> None:
    asking_patients(session, COUNT, now=now)
    session.close()
    sender = Listed()

    with full_below(engine, table):
        lost = tick(sessions, now=now, host="h")
        for _ in range(3):
            once(sessions, into(sender), clock=lambda: now)  # raises nothing
    once(sessions, into(sender), clock=lambda: now + MINUTE)

    told = [one for one in sender.told if one.endswith("@home.example")]
    assert len(told) == len(set(told)) == COUNT  # and staff, of a watch that was late
    assert all(
        fault.startswith(f"{phase}: ") and "No space left" in fault for fault in lost.faults
    )
    assert len(lost.faults) == bool(phase)
