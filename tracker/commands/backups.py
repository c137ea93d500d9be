"""A backup taken, and one put back: `flask backup`, `flask restore`, `flask copy-patient`."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from tracker import schema
from tracker.clock import utc_now
from tracker.commands.frame import actor, command, database_url, json_option, open_sessions
from tracker.db import make_engine, make_sessions, reading
from tracker.domain.backup import Whole, age_words, what_is_missing
from tracker.domain.errors import TrackerError
from tracker.services import heartbeats
from tracker.services.trail import keep_trail


@command("backup")
@click.argument("directory", required=False, type=click.Path(file_okay=False, path_type=Path))
@json_option
def backup(directory: Path | None, as_json: bool) -> None:
    """Write a backup beside what runs, read it again, and only then give it its name."""
    from tracker.jobs.backups import make_backup

    folder = directory or Path(str(current_app.config["BACKUP_FOLDER"]))
    if folder == Path():
        raise TrackerError("Say into which directory, or set BACKUP_FOLDER.")
    sessions, keep = open_sessions(), current_app.config["BACKUP_KEEP"]
    try:
        made = make_backup(sessions, folder, keep=keep, now=utc_now())
    except OSError as problem:
        why = f"No backup was made: {problem.strerror or type(problem).__name__}."
        raise TrackerError(f"{why} Those from before are as they were.") from problem
    facts = {
        "path": str(made.path),
        "rows": made.whole.rows,
        "bytes": made.size,
        "sha256": made.whole.digest,
        "trail": made.whole.header.trail,
        "let_go": list(made.let_go),
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo(
        f"{made.path}: {made.whole.rows} rows, {made.size} bytes, read again and found whole. "
        "It doesn't hold SEALING_KEYS: keep a copy of them elsewhere."
    )


@command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--replace",
    is_flag=True,
    help="Put it in the place of what is recorded; that is backed up beside FILE first.",
)
@click.option("--check", "only_check", is_flag=True, help="Read FILE through, change nothing.")
def restore(file: Path, replace: bool, only_check: bool) -> None:
    """Fill the database from a backup, after reading all of it; every page says so after."""
    from tracker.backups.restoring import check_file
    from tracker.serve import only_one

    whole, now = check_file(file), utc_now()
    _tell_age(whole, now)
    if only_check:
        click.echo(f"{file} is whole: {whole.rows} rows in {len(whole.tables)} tables.")
        return
    url = database_url()
    with only_one(url):  # whose lock a server on the same file holds, and one that starts asks
        _restore(url, file, whole, is_replacing=replace, now=now)
    click.echo(
        f"Restored: {whole.rows} rows, each table read back and compared. Nothing goes to "
        "patients until a coordinator or administrator of each clinic confirms on the page "
        "that every page now leads to. All must sign in again."
    )


def _restore(url: str, file: Path, whole: Whole, *, is_replacing: bool, now: datetime) -> None:
    from tracker.backups.restoring import NotEmpty, clear, fill, is_empty

    engine = make_engine(url, ring=current_app.extensions["tracker"].engine.dialect.ring)
    try:
        schema.refuse_newer(url)
        _refuse_running(engine, now)
        if schema.unfinished_restore(engine) is not None:
            clear(engine, file)  # half of it, or nothing: what was there before is kept already
        elif not is_empty(engine):
            if not is_replacing:
                raise NotEmpty(
                    "There are records in the database: nothing was changed. To put the backup "
                    "in their place, say --replace."
                )
            _keep_what_is_there(engine, file, now)
            clear(engine, file)
        elif schema.version_of(engine) != whole.header.schema:
            clear(engine, file)
        fill(engine, url, file, whole, finish=_finish, session_on=_session_on, now=now)
    finally:
        engine.dispose()


def _tell_age(whole: Whole, now: datetime) -> None:
    at = whole.header.taken_at
    click.echo(f"The backup was taken {age_words(now - at)} ago.", err=True)
    click.echo(what_is_missing(at, ZoneInfo("UTC")), err=True)


def _refuse_running(engine: Engine, now: datetime) -> None:
    """A scheduler that is at work would speak of half a restore."""
    stale = timedelta(seconds=int(current_app.config["SCHEDULER_STALE_SECONDS"]))
    try:
        schema.check(engine)
    except schema.WrongSchema:
        return  # no program works on it
    with reading(make_sessions(engine)) as session:
        last = heartbeats.newest(session)
    if last is not None and last.ticked_at > now:
        raise TrackerError(
            "The scheduler's last tick lies in the future: a clock is wrong, so it can't be "
            "known whether the scheduler runs. Put the clock right; if it is this one that is "
            "right, restore into an empty database instead. Nothing was changed."
        )
    if last is not None and now - last.ticked_at < stale:
        seconds = int((now - last.ticked_at).total_seconds())
        raise TrackerError(
            f"The scheduler ticked {seconds} seconds ago: stop web server and scheduler, wait "
            f"{int(stale.total_seconds())} seconds, and restore then. Nothing was changed."
        )


def _keep_what_is_there(engine: Engine, file: Path, now: datetime) -> None:
    """A backup of what would be lost, beside the file; nothing is cleared without it."""
    from tracker.backups.taking import take_backup

    schema.check(engine)
    kept = take_backup(make_sessions(engine), file.parent / "replaced", keep=10_000, now=now)
    click.echo(f"What was there is kept as {kept.path}.", err=True)


def _finish() -> None:
    from tracker.commands.database import bring_to_newest

    bring_to_newest()


def _session_on(connection: sa.Connection) -> Session:
    """A session within the transaction of the restore, which the trail tells of."""
    sessions = sessionmaker(connection, expire_on_commit=False)
    keep_trail(sessions, actor())
    return sessions()


@command("copy-patient")
@click.argument("number", type=int)
def copy_patient(number: int) -> None:
    """All that is recorded of one patient, as JSON; NUMBER as in the address of their page."""
    from tracker.backups.one_patient import copy_of
    from tracker.domain.trail import Act, as_json
    from tracker.models import Patient
    from tracker.services.trail import Place, append, entry_of

    with open_sessions().begin() as session:
        patient = session.get(Patient, number)
        if patient is None:
            raise TrackerError(f"There is no patient of number {number}.")
        found = copy_of(session, number)
        place = Place(clinic_id=patient.clinic_id, patient_id=number)
        entry = entry_of(
            actor()(), Act.EXPORTED, "copy-patient", place=place, after={"patients": [number]}
        )
        append(session.connection(), [entry])
    click.echo(as_json(found))
