"""Putting a backup back: read through first, then written in one transaction, then compared.

What is not whole is refused before anything is touched.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tracker import schema
from tracker.backups.rows import count_rows, key_of, read_rows, write_rows
from tracker.domain.backup import NoBackup, Table, Whole
from tracker.domain.errors import TrackerError
from tracker.interop.backup_files import Reader, line_of, verified
from tracker.services import restorations


class NotEmpty(TrackerError):
    """There are records in the database that would be lost."""

    code = "not_empty"


def check_file(path: Path) -> Whole:
    """The backup, read to its end and fit for this program. Raises NoBackup."""
    whole = verified(path)
    if not schema.knows(whole.header.schema):
        raise NoBackup(
            f"The backup is of version {whole.header.schema}, which this program doesn't know: "
            "it was made by a newer one. Install that one and restore with it."
        )
    return whole


def is_empty(engine: Engine) -> bool:
    """Whether nobody has recorded anything: there is no clinic and no member of staff."""
    with engine.connect().execution_options(readonly=True) as connection:
        there = set(sa.inspect(connection).get_table_names())
        asked = [name for name in ("clinic", "staff", "trail_entry") if name in there]
        return not any(count_rows(connection, name) for name in asked)


def clear(engine: Engine, file: Path) -> None:
    """Take every table away, with what belongs to it, so that the migrations begin anew.

    From here to the end of `fill` the database says of itself that a restore has not ended.
    """
    with engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:  # outside of a transaction, or it is not heard
            _plainly(connection, "PRAGMA foreign_keys=OFF")
        with connection.begin():
            for name in sa.inspect(connection).get_table_names():
                connection.exec_driver_sql(
                    f'DROP TABLE "{name}"{"" if is_sqlite else " CASCADE"}'
                )
            if not is_sqlite:
                _drop_functions(connection)
            schema.begin_restore(connection, str(file.resolve()))
        if is_sqlite:
            _plainly(connection, "PRAGMA foreign_keys=ON")


def _plainly(connection: sa.Connection, statement: str) -> None:
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.cursor().execute(statement)


def _drop_functions(connection: sa.Connection) -> None:
    """Those of the migrations, such as the one that guards the trail."""
    found = connection.exec_driver_sql(
        "SELECT oid::regprocedure::text FROM pg_proc"
        " WHERE pronamespace = current_schema()::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_depend"
        " WHERE pg_depend.objid = pg_proc.oid AND deptype = 'e')"
    )
    for (name,) in found.all():
        connection.exec_driver_sql(f"DROP FUNCTION {name}")


def fill(
    engine: Engine,
    url: str,
    path: Path,
    whole: Whole,
    *,
    finish: Callable[[], None],
    session_on: Callable[[sa.Connection], Session],
    now: datetime,
) -> None:
    """Fill an empty database from a backup that was checked, and mark it as put back.

    `finish` brings what an older program wrote to the newest version. Raises NoBackup where
    what lies in the database afterwards is not what lies in the file.
    """
    if schema.version_of(engine) != whole.header.schema:
        schema.upgrade(url, whole.header.schema)
    is_current = whole.header.schema == schema.newest()
    with engine.begin() as connection:
        _write(connection, path, whole)
        if is_current:
            schema.end_restore(connection)
            _mark(session_on(connection), whole, now=now)
        else:
            schema.begin_restore(connection, str(path.resolve()))
    if not is_current:
        finish()
        with engine.begin() as connection:
            schema.end_restore(connection)
            _mark(session_on(connection), whole, now=now)


def _mark(session: Session, whole: Whole, *, now: datetime) -> None:
    with session:
        restorations.put_back(
            session, taken_at=whole.header.taken_at, digest=whole.digest, now=now
        )
        session.commit()


def _write(connection: sa.Connection, path: Path, whole: Whole) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        deferred = []
    else:
        deferred = _defer(connection)
    reader = Reader(path)
    for table in reversed(whole.tables):  # the catalogue of an upgrade, ticks of no clinic
        if count_rows(connection, table.name):
            connection.execute(sa.delete(sa.table(table.name)))
    for table, rows in reader.each():
        write_rows(connection, table, rows)
    if reader.tables != list(whole.tables):
        raise NoBackup("The file was changed while it was read: nothing was restored.")
    for table in whole.tables:
        _compare(connection, table)
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in deferred:
            connection.exec_driver_sql(f"{statement} NOT DEFERRABLE")
        _set_counters(connection, whole)


def _defer(connection: sa.Connection) -> list[str]:
    """Let references be checked at the end: a row may name a later one."""
    found = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint"
        " WHERE contype = 'f' AND NOT condeferrable"
        " AND connamespace = current_schema()::regnamespace"
    )
    statements = [f"ALTER TABLE {table} ALTER CONSTRAINT {name}" for table, name in found.all()]
    for statement in statements:
        connection.exec_driver_sql(f"{statement} DEFERRABLE INITIALLY DEFERRED")
    return statements


def _compare(connection: sa.Connection, table: Table) -> None:
    """Read a table back and hold it against the file, to the last letter."""
    digest, count = hashlib.sha256(), 0
    for row in read_rows(connection, table, key_of(connection, table.name)):
        digest.update(line_of(row))
        count += 1
    if (count, digest.hexdigest()) != (table.rows, table.digest):
        raise NoBackup(f"Table {table.name} did not come back as it was: nothing was restored.")


def _set_counters(connection: sa.Connection, whole: Whole) -> None:
    """The next row gets the number after the last one; SQLite knows it by itself."""
    for table in whole.tables:
        if ("id", "whole") not in table.columns:
            continue
        rows = sa.table(table.name, sa.column("id", sa.Integer))
        counter = sa.func.pg_get_serial_sequence(table.name, "id")
        last = sa.func.max(rows.c.id)
        connection.execute(
            sa.select(sa.func.setval(counter, last)).having(last > 0, counter.is_not(None))
        )
