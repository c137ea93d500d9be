"""A backup is taken while others write, found whole, and put back: the restore drill."""

import gzip
import json
import os
import resource
import signal
import threading
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_patient
from tests.commands import run
from tests.putting_back import a_told_patient, counted, told_of
from tests.rings import RING
from tracker import schema
from tracker.backups.restoring import check_file
from tracker.backups.taking import take_backup
from tracker.db import make_engine, make_sessions, reading
from tracker.domain.backup import NoBackup
from tracker.jobs.backups import BackupJob
from tracker.models import Backup, Contact, Patient, Restoration, TrailEntry, Watch

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def here(session, now):
    return a_told_patient(session, now=now)


def test_hazard_h22_a_restore_drill_brings_every_row_back_and_says_what_is_missing(
    runner, session, sessions, engine, here, now, tmp_path, client
):
    before = counted(engine)
    made = run(runner, "backup", str(tmp_path / "kept"))
    (file,) = (tmp_path / "kept").glob("*.backup.gz")
    session.get_one(Patient, 1).family_name = "Written since"
    session.commit()

    refused = run(runner, "restore", str(file))
    done = run(runner, "restore", str(file), "--replace")

    session.expire_all()
    assert made.exit_code == 0, made.output
    assert file.stat().st_mode & 0o077 == 0
    assert (refused.exit_code, "nothing was changed" in refused.output) == (1, True)
    assert done.exit_code == 0, done.output
    assert "Everything written after" in done.output
    assert session.get_one(Patient, 1).family_name != "Written since"
    assert session.scalars(sa.select(Contact)).one().address == "ada@home.example"
    added = {"restoration": 1, "watch": 1, "trail_entry": 1}
    after = counted(engine)
    assert {name: n - before[name] for name, n in after.items() if n != before[name]} == added
    assert "printed" in told_of(session)[0].explanation["sentence"]
    # what was replaced is kept, and the numbers go on after the last
    (kept,) = (tmp_path / "kept" / "replaced").glob("*.backup.gz")
    assert check_file(kept).rows > 0
    a_patient(session, here, family_name="New")
    session.commit()
    assert run(runner, "verify-audit").exit_code == 0


def test_hazard_h22_a_backup_of_one_database_fills_the_other(
    sessions, here, now, tmp_path, runner, app, request, database_url
):
    """One format for both; what is sealed comes along sealed, and no key."""
    made = take_backup(sessions, tmp_path / "kept", keep=14, now=now)
    kind = "postgresql" if database_url.startswith("sqlite") else "sqlite"
    other = request.getfixturevalue(f"{kind}_templates").fresh()
    app.config["DATABASE_URL"] = other
    said = gzip.decompress(made.path.read_bytes()).decode()

    done = run(runner, "restore", str(made.path))

    assert done.exit_code == 0, done.output
    assert "sealed:" in said
    assert "ada@home.example" not in said
    engine = make_engine(other, ring=RING)
    with reading(make_sessions(engine)) as there:
        assert there.scalars(sa.select(Contact)).one().address == "ada@home.example"
    engine.dispose()


def test_hazard_h22_a_backup_is_of_one_moment_while_another_process_writes(
    sessions, session, here, now, tmp_path, database_url
):
    """Each transaction changes a patient and her watch alike: they are never found apart."""
    stop, begun = threading.Event(), threading.Event()
    engine = make_engine(database_url, ring=RING)

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            with engine.begin() as connection:
                connection.execute(sa.update(Patient).values(mrn=f"N{number}"))
                connection.execute(sa.update(Watch).values(next_action=f"N{number}"))
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait(5)
    made = [take_backup(sessions, tmp_path, keep=14, now=now + n * DAY).path for n in range(3)]
    stop.set()
    writer.join()
    engine.dispose()

    for path in made:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        found = {word for line in lines for word in line.split('"') if word[:1] == "N"}
        assert len({word for word in found if word[1:].isdigit()}) == 1


def _die_in_the_middle(url, folder):
    from tracker.backups import taking

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    taking.verified = die
    take_backup(
        make_sessions(make_engine(url, ring=RING)),
        folder,
        keep=1,
        now=datetime(2026, 6, 2, tzinfo=UTC),
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hazard_h22_a_backup_that_was_killed_or_found_no_room_leaves_the_last_good_one(
    sessions, session, here, now, tmp_path, database_url
):
    good = take_backup(sessions, tmp_path / "kept", keep=1, now=now).path
    child = get_context("fork").Process(
        target=_die_in_the_middle, args=(database_url, tmp_path / "kept")
    )
    child.start()
    child.join(30)
    settings = {"BACKUP_FOLDER": str(tmp_path / "kept"), "BACKUP_KEEP": 1}
    settings |= {"BACKUP_HOUR": 2, "BACKUP_STALE_HOURS": 26}
    later = now + 2 * DAY
    job = BackupJob(sessions, settings, clock=lambda: later)

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))  # as of a disk that is full
    try:
        with pytest.raises(OSError, match="File too large"):
            take_backup(sessions, tmp_path / "kept", keep=1, now=now + DAY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)

    assert child.exitcode == -signal.SIGKILL
    assert list((tmp_path / "kept").glob("*.backup.gz")) == [good]
    assert check_file(good).rows
    job._settings = settings | {"BACKUP_FOLDER": "/proc/none"}
    job()
    fault = session.scalars(sa.select(Watch).where(Watch.open_key.like("%:backup"))).one()
    session.commit()
    assert "could not be made" in fault.explanation["sentence"]
    job._settings = settings
    job()
    session.expire_all()
    assert session.get_one(Watch, fault.id).evidence_kind == "backup_made"
    assert session.scalars(sa.select(Backup)).one().taken_at == later
    assert not good.exists()  # it gave way to a newer one that was found whole


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_program_of_another_version_makes_no_backup_that_lacks_tables(
    sessions, session, now, tmp_path
):
    session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    session.commit()

    with pytest.raises(NoBackup, match="would lack tables"):
        take_backup(sessions, tmp_path, keep=14, now=now)

    assert list(tmp_path.glob("*backup*")) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hazard_h22_a_damaged_or_cut_backup_is_refused_before_anything_is_touched(
    sessions, session, here, now, tmp_path, runner
):
    whole = take_backup(sessions, tmp_path / "kept", keep=14, now=now).path
    lines = gzip.decompress(whole.read_bytes()).splitlines(keepends=True)
    changed = [line.replace(b"ada", b"adb").replace(b"Ada", b"Adb") for line in lines]
    raw = whole.read_bytes()
    damaged = {
        "changed": gzip.compress(b"".join(changed)),
        "without its end": gzip.compress(b"".join(lines[:-1])),
        "without a row": gzip.compress(b"".join(lines[:2] + lines[3:])),
        "twice": gzip.compress(b"".join(lines) + b"more\n"),
        "cut off": raw[: len(raw) // 2],
        "newer": gzip.compress(
            lines[0].replace(schema.newest().encode(), b"9999") + b"".join(lines[1:])
        ),
        "empty": b"",
        "no gzip": b"hello",
    }

    for name, content in damaged.items():
        file = tmp_path / f"{name}.gz"
        file.write_bytes(content)
        answer = run(runner, "restore", str(file), "--replace")
        assert answer.exit_code == 1, name
        assert "Traceback" not in answer.output
        with pytest.raises(NoBackup):
            check_file(file)
    session.expire_all()
    assert session.scalars(sa.select(Contact)).one().address == "ada@home.example"
    assert session.scalars(sa.select(Restoration)).all() == []


def test_a_copy_of_one_patient_has_all_of_theirs_and_nothing_of_others(
    runner, session, here, now
):
    other = a_patient(session, here, family_name="Lovelace")
    a_contact(session, other, address="other@home.example")
    session.commit()

    said = json.loads(run(runner, "copy-patient", "1").stdout)

    assert [one["family_name"] for one in said["patient"]] == ["Byron"]
    assert [one["address"] for one in said["contact"]] == ["ada@home.example"]
    assert {"pump", "watch", "consent"} <= said.keys()
    assert {"name": "Nadia"}.items() <= said["staff"][0].items()
    assert "Lovelace" not in json.dumps(said)
    assert run(runner, "copy-patient", "99").exit_code == 1
    assert session.scalars(sa.select(TrailEntry)).all()[-1].patient_id == 1


def test_a_backup_that_finds_no_room_says_so_in_a_sentence(runner, here, tmp_path):
    (tmp_path / "file").write_text("in the way")

    said = run(runner, "backup", str(tmp_path / "file" / "folder"))

    assert said.exit_code == 1
    assert "No backup was made: Not a directory." in said.output
