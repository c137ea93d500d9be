"""New databases for what is to be measured, on either kind of server."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from tests import postgres
from tracker import schema

NUMBERS = count()


@contextmanager
def fresh_databases() -> Iterator[Callable[[str], str]]:
    """What gives the address of a new database of the kind that is asked for."""
    with tempfile.TemporaryDirectory() as folder, postgres.cluster() as server:
        yield lambda database: fresh(database, Path(folder), server)


def fresh(database: str, folder: Path, server: postgres.Server) -> str:
    """The address of a new database with all tables and nothing in them."""
    name = f"bench{next(NUMBERS)}x"
    url = f"sqlite:///{folder / f'{name}.db'}"
    if database == "postgresql":
        url = server.url(name)
        create(server, name)
    schema.upgrade(url)
    return url


def create(server: postgres.Server, name: str) -> None:
    admin = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
