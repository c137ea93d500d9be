"""A database that is gone or locked: the timer lives, and goes on by itself."""

import sqlite3
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests import postgres
from tests.cast import messages
from tests.faults.ward import asking_staff
from tests.outlets import Listed, into
from tests.rings import RING
from tracker import schema
from tracker.db import make_engine, make_sessions
from tracker.domain.message import MessageState
from tracker.jobs import tick
from tracker.jobs.timer import once
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
    engine = make_engine(database_url, connect_args={"timeout": 0.2}, ring=RING)
    _wait_only(engine, milliseconds=200)
    impatient, sender = make_sessions(engine), Listed()
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


def _wait_only(engine: sa.Engine, *, milliseconds: int) -> None:
    @sa.event.listens_for(engine, "connect")
    def _impatience(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout={milliseconds}").close()
