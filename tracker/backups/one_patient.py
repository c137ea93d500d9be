"""All that is recorded of one patient, to be read by another program."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.db import Base

# What is the clinic's or the program's own, whoever the patient is.
NOT_THEIRS = {"clinic", "staff", "drug", "pump_model", "policy", "webhook", "webhook_event"}
# By which a reader knows what a number stands for.
NAMED = {"staff": ("id", "name"), "drug": ("id", "code", "name"), "pump_model": ("id", "name")}
Rows = dict[str, list[dict[str, Any]]]


def copy_of(session: Session, patient_id: int) -> Rows:
    """Every row that hangs on the patient, by table, and the names that the rows refer to.

    How people are reached is readable in it: it is the patient's own.
    """
    found: Rows = {}
    for table in Base.metadata.sorted_tables:
        if table.name in NOT_THEIRS:
            continue
        theirs = _theirs(table, found, patient_id)
        if theirs:
            asked = sa.select(table).where(sa.or_(*theirs)).order_by(*table.primary_key.columns)
            found[table.name] = [dict(row) for row in session.execute(asked).mappings()]
    found = {name: rows for name, rows in found.items() if rows}
    return found | {name: _named(session, name, found) for name in NAMED}


def _theirs(table: sa.Table, found: Rows, patient_id: int) -> list[sa.ColumnElement[bool]]:
    """What makes a row of this table the patient's: it names one that is."""
    if table.name == "patient":
        return [table.c.id == patient_id]
    return [
        key.parent.in_([row["id"] for row in found[key.column.table.name]])
        for key in table.foreign_keys
        if key.column.name == "id" and found.get(key.column.table.name)
    ]


def _named(session: Session, name: str, found: Rows) -> list[dict[str, Any]]:
    table = Base.metadata.tables[name]
    ids = set(_referred(table, found))
    asked = sa.select(*(table.c[column] for column in NAMED[name])).where(table.c.id.in_(ids))
    return [dict(row) for row in session.execute(asked.order_by(table.c.id)).mappings()]


def _referred(table: sa.Table, found: Rows) -> Iterable[int]:
    for name, rows in found.items():
        for key in Base.metadata.tables[name].foreign_keys:
            if key.column.table is table:
                yield from (row[key.parent.name] for row in rows if row[key.parent.name])
