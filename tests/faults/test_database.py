"""A database that is gone or locked: the timer lives, and goes on by itself."""

import sqlite3
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests import postgres
from tests.cast import messages
from tests.faults.hindering import IMPATIENT, hindered
from tests.faults.ward import asking_patients, asking_staff
from tests.outlets import Listed, into
from tests.rings import RING
from tracker import schema
from tracker.db import LONGEST_LOCK, VANISHED, make_engine, make_sessions
from tracker.domain.message import MessageState
from tracker.jobs import deliver, tick
from tracker.jobs.rounds import once
from tracker.models import Heartbeat

COUNT = 3
MINUTE = timedelta(minutes=1)


def test_a_database_server_stopped_and_started_again_loses_nothing(now: datetime) -> None:
    with postgres.cluster(durable=True) as server:
        admin = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE tracker")
        admin.dispose()
        schema.upgrade(server.url("tracker"))
        engine = make_engine(server.url("tracker"), ring=RING)
        sessions = make_sessions(engine)
        with sessions() as session:
            asking_staff(session, COUNT, now=now)
        sender = Listed()
        once(sessions, into(sender), clock=lambda: now - MINUTE)
        server.stop()

        once(sessions, into(sender), clock=lambda: now)  # raises nothing
        lost = tick(sessions, now=now, host="h")
        server.start()
        for minute in (1, 2):  # the first may still find a connection that is dead
            once(sessions, into(sender), clock=lambda at=now + minute * MINUTE: at)  # type: ignore[misc]

        with sessions() as session:
            assert len(messages(session, state=MessageState.SENT)) == COUNT
            assert session.scalar(sa.select(sa.func.count(Heartbeat.id))) >= 2  # type: ignore[operator]
        engine.dispose()
    assert lost.faults[-1].startswith("heartbeat: OperationalError")
    assert len(sender.taken) == COUNT


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_locked_for_longer_than_it_waits_costs_one_tick_and_nothing_else(
    database_url: str,
    sessions: sessionmaker[Session],
    session: Session,
    now: datetime,
    tmp_path: Path,
) -> None:
    asking_staff(session, COUNT, now=now)
    engine, impatient = hindered(database_url, IMPATIENT)
    sender = Listed()
    lock = sqlite3.connect(tmp_path / "tracker.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")

    once(impatient, into(sender), clock=lambda: now)  # raises nothing
    lost = tick(impatient, now=now, host="h")
    lock.execute("ROLLBACK")
    lock.close()
    once(impatient, into(sender), clock=lambda: now + MINUTE)

    engine.dispose()
    assert [fault.split(":")[0] for fault in lost.faults] == ["climb", "audit", "heartbeat"]
    assert len(sender.taken) == COUNT


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_locked_for_less_than_it_waits_costs_nothing(
    database_url: str,
    sessions: sessionmaker[Session],
    session: Session,
    now: datetime,
    tmp_path: Path,
) -> None:
    asking_staff(session, COUNT, now=now)
    lock = sqlite3.connect(
        tmp_path / "tracker.db", isolation_level=None, check_same_thread=False
    )
    lock.execute("BEGIN IMMEDIATE")
    release = threading.Timer(1, lambda: lock.execute("ROLLBACK"))
    release.start()

    report = tick(sessions, now=now, host="h")

    release.join()
    lock.close()
    assert (report.planned, report.faults) == (COUNT, [])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("table", "phases"),
    [
        ("watch", ["look", "climb", "audit"]),
        ("message", ["look", "release", "climb", "sweep", "audit"]),
    ],
)
def test_promise_alive_or_known_dead_a_table_locked_for_long_is_said_by_the_heartbeat(
    database_url: str,
    sessions: sessionmaker[Session],
    session: Session,
    now: datetime,
    table: str,
    phases: list[str],
) -> None:
    asking_staff(session, COUNT, now=now)
    engine, impatient = hindered(database_url, IMPATIENT)
    sender = Listed()
    with sessions() as another:
        another.execute(sa.text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))

        once(impatient, into(sender), clock=lambda: now)  # raises nothing

    nothing = list(sender.taken)
    (beat,) = session.scalars(sa.select(Heartbeat))
    session.commit()
    once(impatient, into(sender), clock=lambda: now + MINUTE)

    engine.dispose()
    assert nothing == []
    failed = [fault.split(":")[0] for fault in beat.faults]
    assert failed == phases
    assert len([one for one in sender.told if one.startswith("owner")]) == COUNT


def test_a_server_that_vanished_or_a_lock_is_not_waited_for_without_end(
    postgres_server: postgres.Server,
) -> None:
    engine = make_engine(postgres_server.url("postgres"))
    with engine.connect() as connection:
        connection.rollback()  # what is set for the connection outlives a rollback
        patience = connection.exec_driver_sql("SHOW lock_timeout").scalar()
        line: Any = connection.connection.driver_connection
        given = line.info.get_parameters()
    engine.dispose()

    assert patience == LONGEST_LOCK
    assert VANISHED.items() <= {name: int(given[name]) for name in VANISHED}.items()


def test_a_database_that_gives_way_twice_after_a_hand_over_still_hears_of_it(
    engine: sa.Engine, sessions: sessionmaker[Session], session: Session, now: datetime
) -> None:
    """Once while it is written down with the next claim, and once by itself."""
    asking_patients(session, COUNT, now=now)
    tick(sessions, now=now, host="h")
    sender, refused = Listed(), []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "UPDATE attempt" in statement and len(refused) < 2:
            refused.append(statement)
            raise sa.exc.OperationalError(statement, {}, Exception("the server is busy"))

    with pytest.raises(sa.exc.OperationalError):
        deliver(sessions, into(sender), host="h", now=now)
    left = messages(session, state=MessageState.CLAIMED)
    session.rollback()
    deliver(sessions, into(sender), host="h", now=now)

    told = [one.key for one in sender.taken]
    assert left == []
    assert len(told) == len(set(told)) == COUNT
    assert len(messages(session, state=MessageState.SENT)) == COUNT
