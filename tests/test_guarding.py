"""The layers that tell when the watching itself has stopped: signal, watchdog, check."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
import pytest
import sqlalchemy as sa

from config import load
from tests.cast import a_ward, a_watched_pump
from tests.outlets import over_smtp
from tests.smtp_sink import free_port, smtp_sink
from tracker import watchdog
from tracker.clock import utc_now
from tracker.jobs import tick
from tracker.jobs.ping import ping
from tracker.jobs.timer import once
from tracker.models import AddressState, Heartbeat

MINUTE = timedelta(minutes=1)
ROOT = watchdog.ROOT


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


def test_somebody_outside_is_told_at_most_once_a_minute(sessions, ward, now):
    with outside() as (url, calls):
        told = []
        for seconds in (0, 10, 50, 60, 119):
            at = now + timedelta(seconds=seconds)
            told.append(ping(sessions, url, tick(sessions, now=at, host="h"), now=at))

    assert told == [True, False, False, True, True]
    assert len(calls) == 3


@pytest.mark.parametrize("address", ["http://[::1", "http://x.invalid:99999/", "http://a..b/"])
def test_an_address_that_is_none_stops_no_tick(sessions, ward, now, address):
    assert not ping(sessions, address, tick(sessions, now=now, host="h"), now=now)


def test_promise_alive_or_known_dead_health_fails_where_nobody_outside_is_told(
    app, client, sessions, session
):
    a_ward(session)
    session.commit()
    app.config["PING_URL"] = "http://outside.example/"
    at = utc_now()

    def health():
        answer = client.get("/health")
        return answer.status_code, answer.json["reasons"]

    first = tick(sessions, now=at - 20 * MINUTE, host="h")
    with outside() as (url, _calls):
        tick(sessions, now=at, host="h")
        never = health()
        ping(sessions, url, first, now=at - 20 * MINUTE)
        long_ago = health()
        ping(sessions, url, tick(sessions, now=at, host="h"), now=at)
        told = health()

    assert never == (503, ["Nobody outside has ever been told that the watch is kept."])
    assert long_ago[0] == 503
    assert "for 20 minutes" in long_ago[1][0]
    assert told == (200, [])


def test_promise_alive_or_known_dead_a_clock_that_jumped_is_said_by_health(
    client, sessions, ward
):
    tick(sessions, now=utc_now() + timedelta(hours=2), host="h")
    tick(sessions, now=utc_now(), host="h")

    answer = client.get("/health")

    assert answer.status_code == 503
    assert "The clock went back" in answer.json["reasons"][0]


@pytest.mark.parametrize(("moment", "calls"), [([], 1), (["--now", "2026-06-01T08:00Z"], 0)])
def test_a_tick_from_cron_tells_somebody_outside_unless_its_moment_is_named(
    app, runner, ward, moment, calls
):
    with outside() as (url, made):
        app.config["PING_URL"] = url
        done = runner.invoke(args=["tick", *moment])

    assert done.exit_code == 0
    assert len(made) == calls


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


@pytest.mark.timeout(60)
def test_promise_alive_or_known_dead_a_killed_scheduler_is_written_about(
    session, ward, database_url, tmp_path
):
    """A real process, a real SIGKILL, the real command and a real mail server."""
    with smtp_sink() as sink:
        environ = {
            **os.environ,
            "DATABASE_URL": database_url,
            "SECRET_KEY": "for tests",
            "TICK_SECONDS": "1",
            "SCHEDULER_STALE_SECONDS": "2",
            "CHANNEL_EMAIL": "smtp",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(sink.port),
            "SMTP_FROM": "pumps@hill.example",
            "WATCHDOG_TO": "oncall@hill.example",
            "LIST_FOLDER": str(tmp_path / "lists"),
            "FLASK_APP": "wsgi",
        }
        dog = [sys.executable, "-m", "tracker.watchdog"]
        command = [sys.executable, "-m", "flask", "scheduler"]
        timer = subprocess.Popen(command, cwd=ROOT, env=environ)
        try:
            _until(lambda: _has_passed(session))
            alive = subprocess.run(dog, cwd=ROOT, env=environ, capture_output=True, text=True)
        finally:
            timer.kill()
            timer.wait()
        time.sleep(3.5)
        dead = subprocess.run(dog, cwd=ROOT, env=environ, capture_output=True, text=True)

    assert (alive.returncode, alive.stdout, alive.stderr) == (0, "", "")
    assert dead.returncode == 1
    assert "last tick was" in dead.stderr
    (mail,) = [one for one in sink.mails if one.to == "oncall@hill.example"]
    assert "printed emergency list" in mail.message.get_content()


def _has_passed(session):
    found = session.scalar(sa.select(Heartbeat.id).where(Heartbeat.has_passed).limit(1))
    session.commit()
    return found is not None


def _until(happens):
    for _ in range(300):
        if happens():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within 30 s")


def test_the_watchdog_has_the_defaults_of_the_settings(tmp_path):
    ours = load({"SECRET_KEY": "x"}, instance=watchdog.ROOT / "instance")

    assert watchdog.read_settings({}) == {name: str(ours[name]) for name in watchdog.SETTINGS}


def test_the_watchdog_reads_a_secret_from_its_file(tmp_path):
    (tmp_path / "password").write_text("quiet\n")
    environ = {"SMTP_PASSWORD_FILE": str(tmp_path / "password"), "SMTP_PORT": " 587 "}

    read = watchdog.read_settings(environ | {"DATABASE_URL_FILE": "/nowhere"})

    assert (read["SMTP_PASSWORD"], read["SMTP_PORT"]) == ("quiet", "587")
    assert read["DATABASE_URL"] == watchdog.SETTINGS["DATABASE_URL"]


def test_the_watchdog_says_where_nobody_can_be_told(database_url, tmp_path, now):
    settings = settings_for(database_url, tmp_path, free_port())

    assert watchdog.bark(settings, now=now)[-1].startswith("Nobody could be told by e-mail")
    settings["WATCHDOG_TO"] = ""
    assert watchdog.bark(settings, now=now)[-1] == "Nobody is told: WATCHDOG_TO is not set."


def test_the_watchdog_writes_again_rather_than_never(database_url, tmp_path, now, capsys):
    (tmp_path / "file").write_text("no folder")
    with smtp_sink() as sink:
        settings = settings_for(database_url, tmp_path, sink.port)
        settings["LIST_FOLDER"] = str(tmp_path / "file")
        watchdog.bark(settings, now=now)
        watchdog.bark(settings, now=now)

    assert len(sink.mails) == 2
    assert "can't note" in capsys.readouterr().err


def test_the_watchdog_opens_a_file_with_any_name(sqlite_template, tmp_path, now):
    path = tmp_path / "a 100% odd name#.db"
    shutil.copy(sqlite_template, path)

    found = watchdog.alarms(f"sqlite:///{path}", stale_seconds=180, now=now)

    assert found == ["The scheduler has never run."]


def test_the_watchdog_can_not_write(database_url):
    is_file = database_url.startswith("sqlite")
    opened = watchdog._of_file if is_file else watchdog._of_server
    refused = sqlite3.OperationalError if is_file else psycopg.errors.ReadOnlySqlTransaction

    with opened(database_url) as connection, pytest.raises(refused):
        connection.execute("DELETE FROM heartbeat")


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
