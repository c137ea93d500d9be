"""What every test may ask for. Whatever touches a database runs on SQLite and PostgreSQL."""

import io
import itertools
import logging
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from config import load
from tests import postgres, quick
from tests.rings import KEYS, RING
from tracker import schema
from tracker.app import create_app
from tracker.db import make_engine, make_sessions
from tracker.logs import Plain
from tracker.services.catalogues import seed

_numbers = itertools.count()


@pytest.fixture
def now() -> datetime:
    """The moment at which most tests happen: a Monday, 08:00 in UTC."""
    return datetime(2026, 6, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One server for all tests of this process."""
    with postgres.cluster() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _prepare(f"sqlite:///{path}")
    _fold_journal(path)
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> str:
    """A migrated database, copied for each test."""
    _administer(postgres_server, "CREATE DATABASE template_tracker")
    _prepare(postgres_server.url("template_tracker"))
    return "template_tracker"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database of this test alone."""
    if request.param == "sqlite":
        path = tmp_path / "tracker.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    yield from _postgres_database(
        request, template=request.getfixturevalue("postgres_template")
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    yield from _postgres_database(request, template="template0")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url, ring=RING)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return make_sessions(engine)


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture(scope="session", autouse=True)
def _written_once() -> Iterator[None]:
    """What each new application and engine would write anew: see `quick`."""
    with quick.written_once():
        yield


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on this test's database, with a cheap password hash."""
    environ = {"DATABASE_URL": database_url, "SECRET_KEY": "for tests", "PASSWORD_COST": "1"}
    environ |= {"SEALING_KEYS": KEYS}
    app = create_app(load(environ, instance=tmp_path / "instance"))
    app.testing = True
    yield app
    app.extensions["tracker"].engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, as this program writes it."""
    said, root = io.StringIO(), logging.getLogger()
    plain = logging.StreamHandler(said)
    plain.setFormatter(Plain())
    before = root.level
    root.addHandler(plain)
    root.setLevel(logging.INFO)
    yield said
    root.removeHandler(plain)
    root.setLevel(before)


def _prepare(url: str) -> None:
    """Bring a database to what `flask upgrade` leaves: schema and catalogue."""
    schema.upgrade(url)
    engine = make_engine(url)
    with make_sessions(engine).begin() as session:
        seed(session)
    engine.dispose()


def _postgres_database(request: pytest.FixtureRequest, *, template: str) -> Iterator[str]:
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = f"t{next(_numbers)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: postgres.Server, statement: str) -> None:
    engine = sa.create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _fold_journal(path: Path) -> None:
    """Bring everything into the one file that is copied."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
