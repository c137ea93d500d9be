"""Tables as plain values, whatever the database: read for a backup, written for a restore.

Nothing is unsealed or rounded on the way: a value is what lies in the database, and JSON is its
text to the letter, so that a row that was put back has the digest of the row that was taken.
"""

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from tracker.db import Base, Scaled, UTCDateTime
from tracker.domain.backup import NoBackup, Table

AT_ONCE = 1000  # ours: rows held in memory, however long a table is
Columns = tuple[tuple[str, str], ...]


class _JsonText(sa.types.TypeDecorator[str]):
    """JSON that PostgreSQL is handed as the text it was."""

    impl = sa.Text
    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> Any:
        return sa.cast(bindvalue, postgresql.JSON)


def tables() -> list[Table]:
    """Every table of this program, each after those it refers to."""
    return [Table(table.name, _columns(table)) for table in Base.metadata.sorted_tables]


def _columns(table: sa.Table) -> Columns:
    return tuple((c.name, _kind(c)) for c in table.columns if c.computed is None)


def _kind(column: sa.Column[Any]) -> str:
    """The kind of value that a column holds, in the words of the file."""
    type_ = column.type
    if isinstance(type_, Scaled):
        return "whole"
    kinds: tuple[tuple[type[Any], str], ...] = (
        (UTCDateTime, "instant"),
        (sa.Boolean, "flag"),
        (sa.Integer, "whole"),
        (sa.JSON, "json"),
        (sa.Date, "day"),
        (sa.Time, "time"),
        (sa.LargeBinary, "bytes"),
    )
    impl = getattr(type_, "impl", type_)
    for cls, kind in kinds:
        if isinstance(type_, cls) or isinstance(impl, cls):
            return kind
    if isinstance(impl, sa.String):
        return "text"
    raise TypeError(f"{column} is of a kind that no backup knows")


def _type(kind: str, dialect: str, *, is_written: bool) -> sa.types.TypeEngine[Any]:
    if kind == "json":
        return _JsonText() if is_written and dialect == "postgresql" else sa.Text()
    kinds: dict[str, sa.types.TypeEngine[Any]] = {
        "whole": sa.BigInteger(),
        "text": sa.Text(),
        "flag": sa.Boolean(),
        "instant": UTCDateTime(),
        "day": sa.Date(),
        "time": sa.Time(),
        "bytes": sa.LargeBinary(),
    }
    if kind not in kinds:
        raise NoBackup(
            f"The backup has a kind of column that this program doesn't know: {kind}."
        )
    return kinds[kind]


def read_rows(
    connection: sa.Connection, table: Table, keys: Sequence[str]
) -> Iterator[list[Any]]:
    """Every row in the order of its primary key, as JSON can say it."""
    source = sa.table(table.name, *(sa.column(name) for name, _ in table.columns))
    asked = sa.select(*(_asked(source, connection.dialect.name, *one) for one in table.columns))
    asked = asked.select_from(source).order_by(*(source.c[key] for key in keys))
    found = connection.execute(asked, execution_options={"yield_per": AT_ONCE})
    for row in found:
        yield [_said(value) for value in row]


def _asked(source: Any, dialect: str, name: str, kind: str) -> Any:
    type_ = _type(kind, dialect, is_written=False)
    if kind == "json" and dialect == "postgresql":
        return sa.cast(source.c[name], sa.Text)  # to the letter, not as the driver reads it
    return sa.type_coerce(source.c[name], type_)


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(value).decode()
    return value


def count_rows(connection: sa.Connection, name: str) -> int:
    """How many rows the database says there are."""
    return connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0


def write_rows(connection: sa.Connection, table: Table, rows: Iterator[list[Any]]) -> None:
    """Put rows in as they were, with their numbers."""
    dialect = connection.dialect.name
    columns = (
        sa.column(name, _type(kind, dialect, is_written=True)) for name, kind in table.columns
    )
    target = sa.table(table.name, *columns)
    names = [name for name, _ in table.columns]
    heard = [_HEARD.get(kind) for _, kind in table.columns]
    while some := list(islice(rows, AT_ONCE)):
        values = [dict(zip(names, map(_heard, row, heard), strict=True)) for row in some]
        connection.execute(sa.insert(target), values)


_HEARD: dict[str, Any] = {
    "instant": datetime.fromisoformat,
    "day": date.fromisoformat,
    "time": time.fromisoformat,
    "bytes": base64.b64decode,
}


def _heard(value: Any, read: Any) -> Any:
    return value if value is None or read is None else read(value)


def key_of(connection: sa.Connection, name: str) -> list[str]:
    """The columns of a table's primary key."""
    return list(sa.inspect(connection).get_pk_constraint(name)["constrained_columns"])
