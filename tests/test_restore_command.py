"""The command that puts a backup back: of an older version, killed, and beside a server."""

import os
import signal
from datetime import timedelta
from multiprocessing import get_context

import pytest
import sqlalchemy as sa

from config import load
from tests.commands import run
from tests.putting_back import a_told_patient, counted
from tests.rings import KEYS
from tracker import schema
from tracker.app import create_app
from tracker.backups.taking import take_backup
from tracker.clock import utc_now
from tracker.domain.backup import Header
from tracker.domain.emergency import NOTHING_WRITTEN
from tracker.interop.backup_files import Writer
from tracker.jobs import tick
from tracker.models import Restoration, Staff
from tracker.serve import only_one

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def here(session, now):
    return a_told_patient(session, now=now)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hazard_h22_a_backup_of_an_older_version_is_brought_to_the_newest(
    runner, tmp_path, engine, session, now
):
    """Written by hand as version 0020 had it: migrations never change."""
    file = tmp_path / "old.backup.gz"
    staff = {"id": "whole", "email": "text", "name": "text", "session_token": "text"}
    staff |= {"email_state": "text", "phone_state": "text"}
    rosa = [1, "rosa@hill.example", "Rosa", "token", "ok", "ok", now.isoformat()]
    with file.open("wb") as raw:
        writer = Writer(raw, Header("0020", now, NOTHING_WRITTEN.short))
        writer.table("staff", [*staff.items(), ("created_at", "instant")], [rosa])
        writer.table("trail_entry", [("id", "whole"), ("hash", "text")], [])
        writer.end()

    done = run(runner, "restore", str(file))

    assert done.exit_code == 0, done.output
    assert schema.version_of(engine) == schema.newest()
    assert [one.name for one in session.scalars(sa.select(Staff))] == ["Rosa"]


def _die_restoring(url, file):
    os.environ |= {"DATABASE_URL": url, "SECRET_KEY": "for tests", "SEALING_KEYS": KEYS}
    app = create_app(load(os.environ, instance=file.parent / "instance"))

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def die(_connection, _cursor, statement, *_):
        if statement.startswith("INSERT INTO restoration"):
            os.kill(os.getpid(), signal.SIGKILL)

    run(app.test_cli_runner(), "restore", "--replace", str(file))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hazard_h22_a_restore_that_was_killed_is_said_by_every_command_until_it_is_done_again(
    runner, engine, sessions, session, here, now, tmp_path, database_url
):
    """Its tables are cleared by then: never an empty clinic in silence."""
    file, before = take_backup(sessions, tmp_path, keep=1, now=now).path, counted(engine)
    session.close()
    engine.dispose()
    child = get_context("fork").Process(target=_die_restoring, args=(database_url, file))
    child.start()
    child.join(60)

    assert child.exitcode == -signal.SIGKILL
    for command in ("upgrade", "check", "tick", "backup"):
        said = run(runner, command, *([str(tmp_path)] * (command == "backup")))
        assert said.exit_code == 1
        assert f"A restore of {file} has not ended" in said.output
    done = run(runner, "restore", str(file))
    assert done.exit_code == 0, done.output
    assert run(runner, "tick").exit_code == 0
    after = counted(engine)
    assert {name for name in before if after[name] < before[name]} == set()
    assert session.scalars(sa.select(Restoration)).one().confirmed_at is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hazard_h22_nothing_is_restored_under_a_running_server(
    runner, engine, sessions, here, now, tmp_path, database_url
):
    """Also where its scheduler, whose ticks would tell of it, is down."""
    file, before = take_backup(sessions, tmp_path, keep=1, now=now).path, counted(engine)

    with only_one(database_url):
        said = run(runner, "restore", "--replace", str(file))

    assert said.exit_code == 1
    assert "end that one first" in said.output
    assert counted(engine) == before


def test_a_tick_in_the_future_is_named_where_a_restore_is_refused(
    runner, engine, sessions, here, now, tmp_path
):
    file = take_backup(sessions, tmp_path, keep=1, now=now).path
    tick(sessions, now=utc_now() + 40 * DAY, host="h")
    before = counted(engine)

    said = run(runner, "restore", "--replace", str(file))

    assert said.exit_code == 1
    assert "last tick lies in the future: a clock is wrong" in said.output
    assert "seconds ago" not in said.output
    assert counted(engine) == before
