"""Taking a backup: one moment of the database, written beside, read again, and only then named.

Nobody waits for it: SQLite reads an old moment while others write, and so does PostgreSQL.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tracker import schema
from tracker.backups.rows import count_rows, key_of, read_rows, tables
from tracker.db import one_moment
from tracker.domain.backup import Header, NoBackup, Whole, file_name, too_many
from tracker.interop.backup_files import Writer, verified
from tracker.services.trail import head

PART = ".part"  # of a file that is being written; never taken for a backup


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that is on disk and was found whole."""

    path: Path
    whole: Whole
    size: int
    let_go: tuple[str, ...]  # older files that gave way to it


def take_backup(
    sessions: sessionmaker[Session], folder: Path, *, keep: int, now: datetime
) -> Taken:
    """Write a backup of `now` into `folder`. Raises NoBackup, and what the disk raises.

    Whatever fails, no file is left that bears the name of a backup, and no older one is lost.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / file_name(now)
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        _write(sessions, part, now=now)
        whole = verified(part)
        size = part.stat().st_size
        part.replace(path)
        _to_disk(folder)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return Taken(path, whole, size, tuple(_let_go(folder, path.name, keep)))


def _write(sessions: sessionmaker[Session], part: Path, *, now: datetime) -> None:
    opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(opened, "wb") as file, one_moment(sessions) as session:
        connection = session.connection()
        _refuse_other_version(connection)
        writer = Writer(file, Header(schema.newest(), now, head(session).short))
        for table in tables():
            rows = read_rows(connection, table, key_of(connection, table.name))
            written = writer.table(table.name, table.columns, rows)
            if written != count_rows(connection, table.name):
                raise NoBackup(f"The database did not give all rows of {table.name}.")
        writer.end()
        file.flush()
        os.fsync(file.fileno())


def _refuse_other_version(connection: sa.Connection) -> None:
    """A program that doesn't know every table would leave some out without a word."""
    version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if version != schema.newest():
        raise NoBackup(
            f"The database is at version {version}, this program at {schema.newest()}: a backup"
            " by it would lack tables. Start the program that fits."
        )


def _to_disk(folder: Path) -> None:
    """The new name too must outlive a machine that loses its power now."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _let_go(folder: Path, made: str, keep: int) -> Iterator[str]:
    """Remove what is too old, and only our own files; a newer one was found whole before."""
    names = [one.name for one in folder.iterdir()]
    for name in too_many(names, keep=keep, made=made):
        (folder / name).unlink(missing_ok=True)
        yield name
    for left in folder.glob(f".tracker-*{PART}"):  # of one that was killed
        if left.stat().st_mtime < (folder / made).stat().st_mtime - 86_400:
            left.unlink(missing_ok=True)
