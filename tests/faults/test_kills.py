"""SIGKILL at each boundary: nothing is lost, and no patient is told twice."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import messages
from tests.faults.ward import asking_patients, asking_staff, doubled, killed, start
from tests.outlets import over_smtp
from tests.smtp_sink import smtp_sink
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.jobs import deliver, tick
from tracker.models import Watch
from tracker.services.claims import LEASE

Sessions = sessionmaker[Session]
COUNT = 6
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    ("kill_at", "commit"),
    [("before_commit", 1), ("before_commit", 2), ("between", 1), ("before_commit", 3)],
)
def test_promise_persistent_a_tick_killed_at_any_boundary_loses_nothing(
    database_url: str,
    sessions: Sessions,
    session: Session,
    now: datetime,
    kill_at: str,
    commit: int,
) -> None:
    asking_staff(session, COUNT, now=now)

    with smtp_sink() as sink:
        child = start(database_url, sink, "tick", kill_at=kill_at, count=commit, now=now)
        was_killed = killed(child)
        tick(sessions, now=now, host="next")
        report = deliver(sessions, over_smtp(sink.port), host="next", now=now)

    assert was_killed
    assert (report.sent, len(sink.mails), doubled(sink)) == (COUNT, COUNT, [])
    assert len(messages(session, state=MessageState.SENT)) == COUNT


@pytest.mark.parametrize(
    ("kill_at", "nth"),
    [("after_claim", 1), ("after_claim", COUNT), ("after_send", 1), ("before_result", 3)],
)
def test_promise_exactly_enough_a_killed_sender_loses_nothing_to_staff(
    database_url: str,
    sessions: Sessions,
    session: Session,
    now: datetime,
    kill_at: str,
    nth: int,
) -> None:
    asking_staff(session, COUNT, now=now)
    tick(sessions, now=now, host="h")

    with smtp_sink() as sink:
        child = start(database_url, sink, "deliver", kill_at=kill_at, count=nth, now=now)
        assert killed(child)
        swept = tick(sessions, now=now + LEASE, host="next").swept
        for later in (LEASE, LEASE + HOUR / 2):  # at once, and when the back-off is over
            deliver(sessions, over_smtp(sink.port), host="next", now=now + later)

    told = {one.subject for one in messages(session, state=MessageState.SENT)}
    assert swept == 1
    assert len(told) == COUNT  # each pump's owner has been told of it for certain
    assert len(sink.mails) == COUNT + (kill_at != "after_claim")
    assert doubled(sink) == []  # the second telling is a message of its own


@pytest.mark.parametrize(
    ("kill_at", "nth", "batch", "taken"),
    [
        *(("after_claim", 1, 1, 0), ("after_send", 1, 1, 1), ("before_result", 1, 1, 1)),
        *(("after_claim", 3, COUNT - 1, 2), ("after_send", 3, COUNT - 1, 3)),
        ("before_result", 3, COUNT - 1, COUNT),
    ],
)
def test_promise_exactly_enough_a_killed_sender_doubles_nothing_to_a_patient(
    database_url: str,
    sessions: Sessions,
    session: Session,
    now: datetime,
    kill_at: str,
    nth: int,
    batch: int,
    taken: int,
) -> None:
    """Killed at the first, which is claimed alone, and in the midst of all the others."""
    asking_patients(session, COUNT, now=now)
    tick(sessions, now=now, host="h")

    with smtp_sink() as sink:
        child = start(database_url, sink, "deliver", kill_at=kill_at, count=nth, now=now)
        assert killed(child)
        assert len(sink.mails) == taken
        for minute in range(0, 60, 5):
            at = now + LEASE + timedelta(minutes=minute)
            tick(sessions, now=at, host="next")
            deliver(sessions, over_smtp(sink.port), host="next", now=at)

    mailed = [one for one in sink.told if one.endswith("@home.example")]
    assert len(mailed) == len(set(mailed))
    unclear = messages(session, state=MessageState.UNKNOWN)
    assert len(unclear) == batch
    asked = sa.select(Watch.pump_id).where(Watch.kind == WatchKind.UNDELIVERABLE)
    telephoned = set(session.scalars(asked))  # somebody is asked to telephone instead
    assert telephoned == {one.watch.pump_id for one in unclear}
    assert {*mailed, *(one.contact.address for one in unclear)} == {
        f"patient{number}@home.example" for number in range(COUNT)
    }
    assert messages(session, template="undeliverable", state=MessageState.SENT) != []
