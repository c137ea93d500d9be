"""What a flush, or a statement that passes by the objects, changes in rows with a trail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.trail import Act
from tracker.services.trail_rules import ONLY, columns_of, leaves_trail, told

CHANGES = "trail.changes"  # where a session keeps them until it commits
HANGS_ON = ("clinic_id", "patient_id", "pump_id", "watch_id", "contact_id", "refill_id")


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after, as far as it may be told; `hangs_on` says whose row it is."""

    act: Act
    table: str
    row_id: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hangs_on: dict[str, Any]


def collected(session: Session) -> list[Change]:
    """What this session has changed and not committed."""
    found: list[Change] = session.info.setdefault(CHANGES, [])
    return found


def tell_added(session: Session, model: Any, row_id: int, row: Mapping[str, Any]) -> None:
    """Let the trail know of a row that was added past the objects, by a statement."""
    after = {
        column.name: told(column, row[column.name])
        for column in columns_of(model.__table__)
        if row.get(column.name) is not None
    }
    hangs_on = {name: row[name] for name in HANGS_ON if name in row}
    name = model.__tablename__
    collected(session).append(Change(Act.ADDED, name, row_id, None, after, hangs_on))


def tell_why(session: Session, row: Any, reason: str) -> None:
    """Let the trail know why a row changes, where no column of it keeps the reason."""
    collected(session).append(
        Change(Act.CHANGED, row.__tablename__, row.id, {}, {"reason": reason}, {})
    )


def read_before(session: Session) -> dict[Any, dict[str, Any]]:
    """Before a flush: what stands in fields that were set without having been read."""
    found = {}
    for row in session.dirty:
        table = _table(row)
        if leaves_trail(table.name) and any(
            _is_unread(row, one) for one, _ in _told_columns(row)
        ):
            asked = sa.select(*table.columns).where(table.c.id == sa.inspect(row).identity[0])
            stored = session.connection().execute(asked).first()
            found[row] = {} if stored is None else dict(stored._mapping)
    return found


def _is_unread(row: Any, name: str) -> bool:
    history = sa.inspect(row).attrs[name].history
    return bool(history.added) and not history.deleted


def changes_of(session: Session, unread: dict[Any, dict[str, Any]]) -> Iterator[Change]:
    """After a flush: the rows that it added, changed and removed."""
    for row in session.new:
        table = _table(row)
        if leaves_trail(table.name) and table.name not in ONLY:
            after = {
                name: told(column, value)
                for name, column in _told_columns(row)
                if (value := vars(row).get(name)) is not None
            }
            yield _change(Act.ADDED, row, None, after)
    for row in session.dirty:
        if leaves_trail(_table(row).name):
            yield from _changed(row, unread.get(row, {}))
    for row in session.deleted:
        if leaves_trail(_table(row).name):
            before = {
                name: told(column, vars(row).get(name)) for name, column in _told_columns(row)
            }
            yield _change(Act.REMOVED, row, before, None)


def _changed(row: Any, known: dict[str, Any]) -> Iterator[Change]:
    before, after = {}, {}
    for name, column in _told_columns(row):
        history = sa.inspect(row).attrs[name].history
        if history.has_changes():
            old = history.deleted[0] if history.deleted else known.get(name)
            new = history.added[0] if history.added else None
            if old != new:
                before[name], after[name] = told(column, old), told(column, new)
    if after:
        yield _change(Act.CHANGED, row, before, after)


def _change(act: Act, row: Any, before: Any, after: Any) -> Change:
    known = vars(row)
    hangs_on = {name: known[name] for name in HANGS_ON if name in known}
    return Change(act, _table(row).name, known.get("id"), before, after, hangs_on)


def _table(row: Any) -> Any:
    return sa.inspect(type(row)).local_table


def _told_columns(row: Any) -> tuple[tuple[str, Any], ...]:
    model: Any = type(row)
    return _told_of(model)


@cache
def _told_of(model: Any) -> tuple[tuple[str, Any], ...]:
    """The columns that are told, each by the name of its attribute."""
    mapper: Any = sa.inspect(model)
    told_columns = columns_of(mapper.local_table)
    return tuple((mapper.get_property_by_column(one).key, one) for one in told_columns)


def bulk_changes(state: Any) -> Any:
    """Run the statement, with the rows that it touches read before and after it.

    None lets it run as it would have: nothing that it sets leaves a trail.
    """
    statement, session = state.statement, state.session
    table = statement.table
    if not leaves_trail(table.name):
        return None
    columns = columns_of(table)
    set_names = {column.name for column in columns}
    if state.is_update:
        set_names &= {getattr(one, "key", one) for one in statement._values or {}}
    if not set_names:
        return None
    read = sa.select(*table.columns)
    if statement.whereclause is not None:
        read = read.where(statement.whereclause)
    session.flush()
    before = _rows(session, read.with_for_update(), state.parameters)
    result = state.invoke_statement()
    read = sa.select(*table.columns).where(table.c.id.in_(list(before)))
    after = _rows(session, read, None) if before and state.is_update else {}
    for number, old in before.items():
        collected(session).extend(_compared(table, columns, number, old, after.get(number)))
    return result


def _rows(session: Session, asked: Any, parameters: Any) -> dict[int, dict[str, Any]]:
    found = session.connection().execute(asked, parameters or {})
    return {row.id: dict(row._mapping) for row in found}


def _compared(
    table: Any, columns: list[Any], number: int, old: dict[str, Any], new: dict[str, Any] | None
) -> Iterator[Change]:
    hangs_on = {name: old[name] for name in HANGS_ON if name in old}
    if new is None:
        before = {one.name: told(one, old[one.name]) for one in columns}
        yield Change(Act.REMOVED, table.name, number, before, None, hangs_on)
        return
    changed = [one for one in columns if old[one.name] != new[one.name]]
    if changed:
        before = {one.name: told(one, old[one.name]) for one in changed}
        after = {one.name: told(one, new[one.name]) for one in changed}
        yield Change(Act.CHANGED, table.name, number, before, after, hangs_on)
