"""A database that hinders those who write: read-only, without room, or too busy to wait for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.rings import RING
from tracker.db import make_engine, make_sessions

Sessions = sessionmaker[Session]
# By database, what each connection is told.
READ_ONLY = {
    "sqlite": "PRAGMA query_only=1",
    "postgresql": "SET default_transaction_read_only=on",
}
IMPATIENT = {"sqlite": "PRAGMA busy_timeout=200", "postgresql": "SET lock_timeout=200"}
NO_PAGE_MORE = {"sqlite": "PRAGMA max_page_count=1"}  # than it has: what a full disk says


def hindered(database_url: str, orders: dict[str, str]) -> tuple[sa.Engine, Sessions]:
    """The same database for one that is told this on each connection."""
    engine = make_engine(database_url, ring=RING)

    @sa.event.listens_for(engine, "connect")
    def _hinder(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(orders[engine.dialect.name])
        cursor.close()
        connection.commit()

    return engine, make_sessions(engine)


@contextmanager
def full_below(engine: sa.Engine, table: str) -> Iterator[None]:
    """The disk on which the server keeps this empty table is full.

    Its file is the device whose every write is refused with ENOSPC: the server's own words of a
    full disk, and no privilege is needed for it.
    """
    with engine.connect() as connection:
        folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
        asked = sa.text("SELECT pg_relation_filepath(:table)")
        path = Path(folder) / connection.execute(asked, {"table": table}).scalar_one()
    engine.dispose()  # those connected have the file open
    aside = path.with_suffix(".aside")
    assert path.rename(aside).stat().st_size == 0, "a table with rows can't be replaced"
    path.symlink_to("/dev/full")
    try:
        yield
    finally:
        engine.dispose()
        path.unlink()
        aside.rename(path)
