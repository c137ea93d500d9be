"""Rows that two may write at the same moment, and that are to be there once."""

from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session


def insert_new(session: Session, table: type[Any], *key: str) -> Any:
    """An INSERT that leaves alone a row whose unique `key` is there already."""
    return _inserting_new(session.get_bind().dialect.name, table.__table__, key)


@cache
def _inserting_new(database: str, table: sa.Table, key: tuple[str, ...]) -> Any:
    insert = sqlite.insert if database == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing(index_elements=list(key))


def insert_one(
    session: Session, table: type[Any], row: dict[str, Any], *key: str
) -> int | None:
    """The number of the row that was written; None where one with this `key` is there already.

    The row tells it itself: by PostgreSQL's driver no INSERT of one row knows what it wrote.
    """
    new = insert_new(session, table, *key).values(row).returning(table.__table__.c.id)
    number: int | None = session.scalar(new)
    return number


def insert_many(
    session: Session, table: type[Any], rows: list[dict[str, Any]], *key: str
) -> list[tuple[int, dict[str, Any]]]:
    """The rows that were written, each with its number; those whose `key` is there aren't."""
    if not rows:
        return []
    core = table.__table__
    new = insert_new(session, table, *key).returning(core.c.id, *(core.c[one] for one in key))
    by_key = {tuple(row[one] for one in key): row for row in rows}
    written = session.connection().execute(new, rows)
    return [(number, by_key[tuple(found)]) for number, *found in written]


def insert_all(session: Session, table: type[Any], key: str, rows: list[dict[str, Any]]) -> int:
    """Insert rows of equal columns, but for those whose `key` is there; how many were new.

    PostgreSQL gets a column as one array: a statement a row costs it twice the time.
    """
    if session.get_bind().dialect.name == "sqlite":
        done = session.connection().execute(
            insert_new(session, table, key), rows, execution_options={"preserve_rowcount": True}
        )
        return max(0, done.rowcount)
    names = list(rows[0])
    source = _unnest(table, names)
    statement = (
        f"INSERT INTO {table.__tablename__} ({', '.join(names)})"
        f" SELECT * FROM {source} ON CONFLICT ({key}) DO NOTHING"  # nosec B608 - as below
    )
    return session.connection().execute(sa.text(statement), _columns(names, rows)).rowcount


def update_all(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> None:
    """Set the other columns of the rows that `id` names; rows have equal columns."""
    names = list(rows[0])
    changed = [name for name in names if name != "id"]
    if session.get_bind().dialect.name == "sqlite":
        renamed = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        session.connection().execute(_updating(table.__table__, tuple(changed)), renamed)
        return
    sets = ", ".join(f"{name} = new.{name}" for name in changed)
    source = f"{_unnest(table, names)} AS new ({', '.join(names)})"
    # names of our own tables and columns; values are bound
    plain = f"UPDATE {table.__tablename__} SET {sets} FROM {source}"  # nosec B608
    where = f" WHERE {table.__tablename__}.id = new.id"
    session.connection().execute(sa.text(plain + where), _columns(names, rows))


@cache
def _updating(table: sa.Table, changed: tuple[str, ...]) -> sa.Update:
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in changed}
    return sa.update(table).where(table.c.id == sa.bindparam("new_id")).values(values)


def set_changed(row: Any, **values: Any) -> None:
    """Set of these what is otherwise: what is merely set again is gone through at a flush."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _unnest(table: type[Any], names: list[str]) -> str:
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    types = {c.name: c.type.compile(dialect) for c in table.__table__.columns}
    arrays = (f"CAST(:{name} AS {types[name]}[])" for name in names)
    return f"unnest({', '.join(arrays)})"


def _columns(names: list[str], rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [_plain(row[name]) for row in rows] for name in names}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value
