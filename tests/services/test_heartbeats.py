"""The heartbeat: what each tick did, and no more rows than are of use."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_ward, a_watched_pump
from tracker.jobs import tick
from tracker.models import Heartbeat
from tracker.services import heartbeats

Sessions = sessionmaker[Session]


def test_a_heartbeat_says_what_the_tick_did(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    due_at = now - timedelta(minutes=5)
    a_watched_pump(session, ward, danger_at=now, next_action_at=due_at)
    session.commit()

    report = tick(sessions, now=now, host="here")

    beat = session.scalars(sa.select(Heartbeat)).one()
    assert (beat.ticked_at, beat.host) == (now, "here")
    assert (beat.planned, beat.skipped) == (report.planned, report.skipped)
    assert beat.planned > 0
    assert beat.oldest_due_seconds == report.oldest_due_seconds == 300
    assert (beat.breaches, beat.faults) == ([], [])


def test_nothing_due_is_no_waiting(sessions: Sessions, session: Session, now: datetime) -> None:
    ward = a_ward(session)
    later = now + timedelta(days=1)
    a_watched_pump(session, ward, danger_at=now + timedelta(days=90), next_action_at=later)
    session.commit()

    assert tick(sessions, now=now, host="h").oldest_due_seconds == 0


def test_old_heartbeats_are_let_go_of(
    sessions: Sessions, session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "KEPT", 5)
    monkeypatch.setattr(heartbeats, "PRUNED_EVERY", 4)

    for minute in range(13):
        tick(sessions, now=now + timedelta(minutes=minute), host="h")

    left = session.scalars(sa.select(Heartbeat.id).order_by(Heartbeat.id)).all()
    assert len(left) == 6  # pruned at the twelfth to the newest five, and one since
    assert left[-1] == 13


def test_the_report_is_what_scripts_count_on(sessions: Sessions, now: datetime) -> None:
    assert tick(sessions, now=now, host="h").as_json() == {
        "planned": 0,
        "skipped": 0,
        "released": 0,
        "swept": 0,
        "audit": [],
        "oldest_due_seconds": 0,
        "faults": [],
        "has_passed": True,
        "heartbeat_id": 1,
    }
