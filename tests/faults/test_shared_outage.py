"""Schedulers that share the work after an outage raise no alarm about each other."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_ward, a_watched_pump
from tracker.jobs import tick
from tracker.models import Heartbeat, Watch

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# SQLite has one writer: there the second tick waits for the first.
two_writers = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def late(session: Session, now: datetime) -> Watch:
    watch = a_watched_pump(
        session, a_ward(session), danger_at=now, next_action_at=now - 40 * DAY
    )
    session.commit()
    return watch


def promises(report) -> list[str]:
    return [breach.promise for breach in report.audit]


@two_writers
def test_what_another_scheduler_is_climbing_is_not_called_late(
    sessions: sessionmaker[Session], late: Watch, now: datetime
) -> None:
    with sessions() as another:
        another.execute(sa.select(Watch).where(Watch.id == late.id).with_for_update()).one()

        report = tick(sessions, now=now, host="second")

    assert promises(report) == []


@two_writers
def test_promise_covered_one_that_hangs_over_a_watch_does_not_hide_it(
    sessions: sessionmaker[Session], late: Watch, now: datetime
) -> None:
    with sessions.begin() as session:
        session.add(Heartbeat(ticked_at=now - 15 * MINUTE, host="hung", faults=[], breaches=[]))
    with sessions() as another:
        another.execute(sa.select(Watch).where(Watch.id == late.id).with_for_update()).one()

        report = tick(sessions, now=now, host="second")

    assert promises(report) == ["climbing"]
