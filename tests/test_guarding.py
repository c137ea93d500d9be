"""The layers that tell when the watching itself has stopped: signal, watchdog, check."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sqlalchemy as sa

from config import load
from tests.cast import a_ward, a_watched_pump
from tests.outlets import over_smtp
from tests.smtp_sink import smtp_sink
from tracker import watchdog
from tracker.jobs import tick
from tracker.jobs.ping import ping
from tracker.jobs.timer import once
from tracker.models import AddressState, Heartbeat

MINUTE = timedelta(minutes=1)


@contextmanager
def outside(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A dead-man's service: its address, and the calls it has had."""
    calls: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ping/abc", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def ward(session, now):
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now + timedelta(days=90))
    session.commit()
    return ward


def pinged_at(session):
    found = session.scalar(sa.select(Heartbeat.pinged_at).order_by(Heartbeat.id.desc()))
    session.commit()
    return found


def test_promise_alive_or_known_dead_a_passed_audit_is_told_outside(
    sessions, session, ward, now
):
    with outside() as (url, calls):
        report = tick(sessions, now=now, host="h")
        assert ping(sessions, url, report, now=now)

    assert calls == ["/ping/abc"]
    assert pinged_at(session) == now


def test_promise_alive_or_known_dead_an_audit_that_failed_is_told_to_nobody_outside(
    sessions, session, ward, now
):
    ward.rosa.email_state = AddressState.INVALID
    session.commit()

    with outside() as (url, calls):
        report = tick(sessions, now=now, host="h")
        assert not ping(sessions, url, report, now=now)

    assert report.audit != []
    assert calls == []
    assert pinged_at(session) is None


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_address_that_does_not_take_it_counts_as_not_told(
    sessions, session, ward, now, status
):
    with outside(status) as (url, _calls):
        report = tick(sessions, now=now, host="h")
        assert not ping(sessions, url, report, now=now)

    assert pinged_at(session) is None


def test_an_address_that_is_gone_stops_no_tick(sessions, session, ward, now):
    with outside() as (url, _calls):
        pass  # it is closed now

    once(sessions, over_smtp(1), ping_url=url, clock=lambda: now)

    assert session.scalar(sa.select(sa.func.count(Heartbeat.id))) == 1


def settings_for(url, tmp_path, port):
    environ = {
        "DATABASE_URL": url,
        "SECRET_KEY": "for tests",
        "CHANNEL_EMAIL": "smtp",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_FROM": "pumps@hill.example",
        "WATCHDOG_TO": "oncall@hill.example",
    }
    return load(environ, instance=tmp_path)


def test_the_watchdog_is_quiet_while_the_watch_is_kept(sessions, ward, database_url, now):
    tick(sessions, now=now, host="h")

    assert watchdog.alarms(database_url, stale_seconds=180, now=now + MINUTE) == []


def test_promise_alive_or_known_dead_the_watchdog_knows_each_way_of_dying(
    sessions, session, ward, database_url, now
):
    never = watchdog.alarms(database_url, stale_seconds=180, now=now)
    tick(sessions, now=now, host="h")
    silent = watchdog.alarms(database_url, stale_seconds=180, now=now + 10 * MINUTE)
    ahead = watchdog.alarms(database_url, stale_seconds=180, now=now - 10 * MINUTE)
    ward.rosa.email_state = AddressState.INVALID
    session.commit()
    tick(sessions, now=now + MINUTE, host="h")
    broken = watchdog.alarms(database_url, stale_seconds=180, now=now + MINUTE)
    gone = watchdog.alarms("sqlite:////nowhere/at/all.db", stale_seconds=180, now=now)

    assert never == ["The scheduler has never run."]
    assert silent == ["The scheduler's last tick was 10 minutes ago."]
    assert "future" in ahead[0]
    assert broken == ["The last audit found a promise that is not kept."]
    assert "can't be read" in gone[0]


def test_the_watchdog_writes_once_in_the_minutes_that_are_set(
    sessions, ward, database_url, now, tmp_path
):
    reasons = watchdog.alarms(database_url, stale_seconds=180, now=now)
    with smtp_sink() as sink:
        settings = settings_for(database_url, tmp_path, sink.port)
        wrote = [
            watchdog.tell(settings, reasons, now=now + minutes * MINUTE)
            for minutes in (0, 5, 29, 30)
        ]

    assert wrote == [True, False, False, True]
    assert sink.told == ["oncall@hill.example"] * 2
    text = sink.mails[0].message.get_content()
    assert "The scheduler has never run." in text
    assert "emergency list" in text


def test_the_watchdog_writes_nothing_into_the_database(
    sessions, session, ward, database_url, now
):
    tick(sessions, now=now, host="h")
    before = session.scalar(sa.select(sa.func.count(Heartbeat.id)))
    session.commit()

    watchdog.alarms(database_url, stale_seconds=1, now=now + 10 * MINUTE)

    assert session.scalar(sa.select(sa.func.count(Heartbeat.id))) == before


def test_the_command_for_cron_fails_where_nobody_keeps_the_watch(runner, ward):
    done = runner.invoke(args=["watchdog"])

    assert done.exit_code == 1
    assert "never run" in done.output


def test_check_names_each_promise_that_is_broken(runner, sessions, session, ward):
    from tracker.clock import utc_now

    ward.rosa.email_state = AddressState.INVALID
    session.commit()
    tick(sessions, now=utc_now(), host="h")

    done = runner.invoke(args=["check", "--json"])

    facts = json.loads(done.stdout.splitlines()[0])
    assert done.exit_code == 1
    assert any("last_resort" in one for one in facts["problems"])
    assert any("PING_URL" in one for one in facts["warnings"])
