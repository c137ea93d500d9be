"""What every test may ask for. Whatever touches a database runs on SQLite and PostgreSQL."""

import gc
import io
import itertools
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from config import load
from tests import both, postgres, quick, sharing_out
from tests.depth import EVERY_CASE
from tests.memory import in_memory
from tests.rings import KEYS, RING
from tests.scenes import Scene, Templates, look_up
from tracker.app import create_app
from tracker.db import make_engine, make_sessions
from tracker.logs import Plain

gc.disable()  # until all is imported
_numbers = itertools.count()
if folder := in_memory():  # pytest's own name for where `tmp_path` is made
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)


@pytest.hookimpl(trylast=True)  # after they were shuffled
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not EVERY_CASE:
        items[:], later = both.in_turns(items)
        config.hook.pytest_deselected(items=later)
    items[:] = sharing_out.longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return sharing_out.OneByOne(config, log)


def pytest_collection_finish() -> None:
    """All that was imported stays: looking through it for rubbish took a fifth of the time."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 50, 100)


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
def administer(postgres_server: postgres.Server) -> Iterator[Callable[[str], None]]:
    """Has one statement done that makes or drops a database."""
    engine = sa.create_engine(postgres_server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield lambda statement: connection.exec_driver_sql(statement).close()
    engine.dispose()


@pytest.fixture(scope="session")
def _left_behind() -> list[str]:
    """The database of the last test, dropped after the next one.

    By then the server knows that all have left it; before, it waits a tenth of a second.
    """
    return []


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Migrated files, copied for each test."""
    folder = tmp_path_factory.mktemp("sqlite")
    return Templates(lambda name: f"sqlite:///{folder / name}", _copy_sqlite)


@pytest.fixture(scope="session")
def postgresql_templates(
    postgres_server: postgres.Server, administer: Callable[[str], None]
) -> Templates:
    """Migrated databases, copied for each test."""

    def copy(source: str | None, target: str) -> None:
        administer(
            f"CREATE DATABASE {_place(target)} TEMPLATE {_place(source or '/template1')}"
            f" {postgres_server.strategy}"
        )

    return Templates(postgres_server.url, copy)


@pytest.fixture(scope="session")
def sqlite_template(sqlite_templates: Templates) -> Path:
    """A migrated file with nothing in it, to be copied."""
    return Path(_place(sqlite_templates.of(None)))


@pytest.fixture
def begins_with() -> Scene | None:
    """What stands in the database when a test begins: nothing, but where this is overridden."""
    return None


@pytest.fixture
def standing(request: pytest.FixtureRequest, session: Session, begins_with: Scene) -> Any:
    """What `begins_with` built, as it is in the database of this test."""
    templates = request.getfixturevalue(f"{session.get_bind().dialect.name}_templates")
    found = look_up(session, templates.built[begins_with])
    session.commit()  # a reader that stays open keeps others from writing
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, begins_with: Scene | None
) -> Iterator[str]:
    """The address of a migrated database of this test alone; see `begins_with`."""
    templates: Templates = request.getfixturevalue(f"{request.param}_templates")
    template = templates.of(begins_with)
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'tracker.db'}"
        _copy_sqlite(template, url)
        yield url
        return
    yield from _postgres_database(request, template=_place(template))


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    yield from _postgres_database(request, template="template0")


@pytest.fixture
def apart() -> None:
    """Asked for by a test that breaks the connections of the application: it has others."""


@pytest.fixture
def engine(request: pytest.FixtureRequest, database_url: str) -> Iterator[Engine]:
    """The application's, where the test has one: a second would make connections of its own."""
    if "app" in request.fixturenames and "apart" not in request.fixturenames:
        app: Flask = request.getfixturevalue("app")
        yield app.extensions["tracker"].engine
        return
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
def _written_once(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """What each new application and engine would write anew: see `quick`."""
    cache: pytest.Cache | None = getattr(pytestconfig, "cache", None)
    make_folder = cache.mkdir if cache else tmp_path_factory.mktemp
    with quick.written_once(make_folder("templates")):
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


def _postgres_database(request: pytest.FixtureRequest, *, template: str) -> Iterator[str]:
    server: postgres.Server = request.getfixturevalue("postgres_server")
    administer: Callable[[str], None] = request.getfixturevalue("administer")
    left: list[str] = request.getfixturevalue("_left_behind")
    name = f"t{next(_numbers)}"
    administer(f"CREATE DATABASE {name} TEMPLATE {template} {server.strategy}")
    yield server.url(name)
    while left:
        administer(f"DROP DATABASE {left.pop()} WITH (FORCE)")
    left.append(name)


def _copy_sqlite(source: str | None, target: str) -> None:
    if source is not None:
        shutil.copy(_place(source), _place(target))


def _place(url: str) -> str:
    """The path of a file, the name of a database."""
    return urlsplit(url).path[1:]
