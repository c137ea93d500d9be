"""The database: engine, session, and the column types that keep numbers and instants exact.

SQLite would store a Decimal as a float and give back a datetime without its zone; not here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from tracker.sealing import KeyRing

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table's parent."""

    metadata = sa.MetaData(naming_convention=CONVENTION)


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database. A naive datetime is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without zone can't be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Scaled(sa.types.TypeDecorator[Decimal]):
    """An exact decimal kept as an integer of 10^-places; a finer value is refused."""

    impl = sa.BigInteger
    cache_ok = True

    def __init__(self, places: int = 6) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} decimal places")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        exact = Decimal(value).scaleb(-self.places).normalize()
        return exact if exact.as_tuple().exponent <= 0 else exact.quantize(Decimal(1))  # type: ignore[operator]


def make_engine(url: str, *, ring: KeyRing | None = None, **options: Any) -> Engine:
    """An engine with what this product needs of either database switched on.

    `ring` opens and seals what lies in it unreadable; without one it is written readable.
    """
    # what a statement was given is never part of an error: it is patients' data
    engine = sa.create_engine(url, hide_parameters=True, **options)
    engine.dialect.ring = ring  # type: ignore[attr-defined]  # all that a column type is given
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgres(engine)
    return engine


# Ours: a server that vanished without a word is given up within a minute, as TCP would only
# after hours; the scheduler must not wait for it so long.
VANISHED = {
    "connect_timeout": 10,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
# Ours: half a tick. Whoever locks a table for longer costs a tick what needs that table, and
# the heartbeat says so; without a limit everything would wait for them in silence.
LONGEST_LOCK = "30s"


def _prepare_postgres(engine: Engine) -> None:
    @event.listens_for(engine, "do_connect")
    def _patience(_dialect: Any, _record: Any, _arguments: Any, named: dict[str, Any]) -> None:
        for name, value in VANISHED.items():
            named.setdefault(name, value)  # the address may say otherwise

    @event.listens_for(engine, "connect")
    def _limits(connection: Any, _record: Any) -> None:
        connection.autocommit = True  # else it would be forgotten with the first rollback
        connection.execute(f"SET lock_timeout = '{LONGEST_LOCK}'")
        connection.autocommit = False


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late; see _begin
        for pragma in (
            "busy_timeout=5000",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A writer takes its lock at once: two that read first and write later would deadlock.
        readonly = connection.get_execution_options().get("readonly", False)
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


# What a session that only reads has read once, it may keep: `session.info` says so.
READS_ONLY = {"reads_only": True}


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """A factory of sessions; the face that opens one commits it."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def reading(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session that only reads, and on SQLite waits for nobody.

    What is changed in it is forgotten.
    """
    with sessions(info=READS_ONLY, autoflush=False) as session:
        session.connection(execution_options={"readonly": True})
        yield session
        # Nothing was written; but after a rollback the driver has PostgreSQL forget what it had
        # prepared, and each statement is thought through anew.
        session.expunge_all()
        session.commit()


@contextmanager
def one_moment(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """A session that only reads, and sees the database as it is at one moment."""
    with sessions(info=READS_ONLY) as session:
        options: dict[str, Any] = {"readonly": True}
        if session.get_bind().dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        session.connection(execution_options=options)
        yield session
