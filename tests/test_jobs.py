"""The timer and the outlets it sends through."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from config import load
from tests.cast import a_ward, a_watched_pump, messages
from tests.faults.ward import asking_patients
from tests.outlets import Listed, into
from tests.smtp_sink import Sink, smtp_sink
from tracker.clock import utc_now
from tracker.domain.message import Channel, MessageState
from tracker.domain.outgoing import Outgoing
from tracker.jobs import channels
from tracker.jobs.rounds import once
from tracker.models import Clinic, Heartbeat, Role
from tracker.notify.console import ConsoleChannel
from tracker.notify.email import EmailChannel

Sessions = sessionmaker[Session]
ROOT = Path(__file__).parents[1]


def settings(tmp_path: Path, **more: str) -> dict[str, Any]:
    return load({"SECRET_KEY": "for tests", **more}, instance=tmp_path)


def test_a_fresh_installation_writes_to_nobody(tmp_path: Path) -> None:
    outlets = channels(settings(tmp_path))

    assert isinstance(outlets.senders[Channel.EMAIL], ConsoleChannel)


def test_smtp_is_used_where_it_is_set(tmp_path: Path) -> None:
    outlets = channels(settings(tmp_path, CHANNEL_EMAIL="smtp", SMTP_FROM="a@hill.example"))

    assert isinstance(outlets.senders[Channel.EMAIL], EmailChannel)


def test_one_turn_of_the_timer_ticks_and_sends(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    ward = a_ward(session)
    ward.clinic.day_report_to = Role.COORDINATOR
    ward.clinic.week_report_to = Role.ADMINISTRATOR
    a_watched_pump(session, ward, danger_at=now)
    session.commit()
    sender = Listed()

    once(sessions, into(sender), clock=lambda: now)

    reports = [one for one in sender.taken if one.words.subject.startswith("Report of the")]
    assert sorted(one.to_address for one in reports) == [
        "cleo@hill.example",
        "rosa@hill.example",
    ]
    others = {one.to_address for one in sender.taken if one not in reports}
    assert others == {"ito@hill.example", "nadia@hill.example"}


def test_sending_ends_when_the_next_tick_is_due(
    sessions: Sessions, session: Session, now: datetime
) -> None:
    asking_patients(session, 5, now=now)  # staff would get one digest
    clinic = session.scalars(sa.select(Clinic)).one()
    clinic.day_reported_on = clinic.week_reported_on = now.date()
    session.commit()
    sender = Listed()

    class SlowSender(Listed):
        def send(self, outgoing: Outgoing) -> str:
            self.moment = now + len(sender.taken) * timedelta(seconds=25)
            return sender.send(outgoing)

    slow = SlowSender()
    slow.moment = now  # type: ignore[attr-defined]

    once(sessions, into(slow), clock=lambda: slow.moment)  # type: ignore[attr-defined]

    assert len(sender.taken) == 4  # at 0, 0, 25 and 50 seconds
    assert len(messages(session, state=MessageState.PLANNED)) == 1


def test_a_turn_that_fails_is_survived(
    sessions: Sessions, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("all is lost")

    monkeypatch.setattr("tracker.jobs.rounds.tick", fails)
    monkeypatch.setattr("tracker.jobs.rounds.deliver", fails)

    once(sessions, into(Listed()), clock=lambda: now)


def test_the_timer_process_ticks_at_once_sends_and_ends_when_told(
    database_url: str, session: Session, tmp_path: Path
) -> None:
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=utc_now() - timedelta(days=1))
    session.commit()
    with smtp_sink() as sink:
        environ = {
            **os.environ,
            "DATABASE_URL": database_url,
            "SECRET_KEY": "for tests",
            "TICK_SECONDS": "1",
            "CHANNEL_EMAIL": "smtp",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(sink.port),
            "SMTP_FROM": "pumps@hill.example",
            "FLASK_APP": "wsgi",
            "LIST_FOLDER": str(tmp_path / "lists"),
        }
        command = [sys.executable, "-m", "flask", "scheduler"]
        timer = subprocess.Popen(command, cwd=ROOT, env=environ)
        try:
            _wait_for(lambda: _ticks(session) >= 2 and len(_late(sink)) >= 2)
            timer.send_signal(signal.SIGTERM)
            assert timer.wait(timeout=20) == 0
        finally:
            timer.kill()
            timer.wait()

    assert sorted(_late(sink)) == ["ito@hill.example", "nadia@hill.example"]
    assert len(messages(session, state=MessageState.SENT, template="refill_late")) == 2


def _late(sink: Sink) -> list[str]:
    """Who was told of the refill; the emergency list may have come as well."""
    return [one.to for one in list(sink.mails) if "refill-by" in one.message["Subject"]]


def _ticks(session: Session) -> int:
    count = session.scalar(sa.select(sa.func.count(Heartbeat.id))) or 0
    session.commit()
    return count


def _wait_for(happens: Any) -> None:
    for _ in range(300):
        if happens():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within 30 s")
