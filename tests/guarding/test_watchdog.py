"""The watchdog: what it sees by the database alone, whom it writes to, and how often."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time

import psycopg
import pytest
import sqlalchemy as sa

from config import load
from tests.guarding.conftest import MINUTE
from tests.smtp_sink import free_port, smtp_sink
from tracker import watchdog
from tracker.jobs import tick
from tracker.models import AddressState, Heartbeat

ROOT = watchdog.ROOT


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


def test_the_watchdog_writes_though_its_note_bears_no_zone(database_url, tmp_path, now):
    """Whoever put the note there: it must not keep the watchdog from writing."""
    with smtp_sink() as sink:
        settings = settings_for(database_url, tmp_path, sink.port)
        settings["LIST_FOLDER"] = str(tmp_path)
        (tmp_path / "watchdog-wrote").write_text("2020-01-01T00:00:00")
        assert watchdog.tell(settings, ["The scheduler has never run."], now=now)

    assert sink.told == ["oncall@hill.example"]


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
            "SCHEDULER_STALE_SECONDS": "60",
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
        time.sleep(3.5)  # the age is counted in whole seconds, and has to be over two
        environ |= {"SCHEDULER_STALE_SECONDS": "2"}
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


def test_the_watchdog_looks_though_a_number_is_none():
    read = watchdog.read_settings({"SMTP_PORT": "smtp", "WATCHDOG_MINUTES": "1e2"})

    assert (read["SMTP_PORT"], read["WATCHDOG_MINUTES"]) == ("25", "30")


def test_the_watchdog_says_its_reasons_though_an_address_is_none(database_url, tmp_path, now):
    with smtp_sink() as sink:
        settings = settings_for(database_url, tmp_path, sink.port)
        settings["WATCHDOG_TO"] = "on\ncall@hill.example"
        reasons = watchdog.bark(settings, now=now)

    assert len(reasons) > 1
    assert reasons[-1].startswith("Nobody could be told by e-mail")


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
