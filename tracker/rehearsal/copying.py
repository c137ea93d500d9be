"""The private copy: the rows that matter, in memory, with their numbers kept.

The keys of messages are made of numbers of rows, so a copy that numbered anew would speak of
other messages. What refers to a row that was left out is let go of, or left out as well.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from tracker.db import Base, make_engine, make_sessions, one_moment
from tracker.jobs.sessions import Sessions
from tracker.models import (
    AlarmClosing,
    Clinic,
    DeviceAlarm,
    Heartbeat,
    MorningList,
    Patient,
    Pump,
    Watch,
)

RECORDS = (
    *("refill", "refill_drug", "programme", "bolus", "reading", "assessment"),
    *("event", "event_end", "review"),
)
# What is known of the drug for the next refill, by the tick that finds that it has run out.
SUPPLIES = (
    "drug_order",
    "drug_order_drug",
    "drug_order_step",
    "authorisation",
    "supply_reason",
)
# Neither climbing nor sending asks for these.
LEFT_OUT = {
    *("date_change", "delivery_report", "contact_attempt", "pump_revision", "reply"),
    "visit_arrangement",
    "backup",
    *("trail_entry", "trail_patient", "alarm_closing", "oral_medicine", "countersign"),
    *("end_sign", "pump_ending"),
    *("away", "capacity", "worked_holiday"),
    *("assignment", "saved_view"),
    "account_notice",
    *("webhook", "webhook_event"),  # so a rehearsal tells no other program anything
}
# "One message a day" looks back to midnight; a week holds every rule that looks back. Ours.
LOOK_BACK = timedelta(days=7)
# What a table without clinic and pump hangs on, and is copied with.
PARENTS = {
    "contact": "patient_id",
    "consent": "contact_id",
    "message": "watch_id",
    "attempt": "message_id",
    "silence": "watch_id",
    "refill_drug": "refill_id",
    "drug_order_drug": "order_id",
    "drug_order_step": "order_id",
    "recall_model": "recall_id",
}
# The reports of a clinic are in no rehearsal of one pump and in no replay: a copy that
# remembered them would say each day that none was made.
FORGOTTEN = {"clinic": {"day_reported_on": None, "week_reported_on": None}}


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the database is copied: one clinic or all, some pumps or all."""

    since: datetime  # watches that closed before are left out
    clinic_id: int | None = None
    pump_ids: tuple[int, ...] | None = None
    has_records: bool = False
    until: datetime | None = None  # how far it is ticked; None: nobody looks at supplies

    @property
    def has_mornings(self) -> bool:
        """Whether what a clinic is mailed each morning is told: of whole clinics, run ahead."""
        return self.pump_ids is None and not self.has_records


@contextmanager
def copied(sessions: Sessions, scope: Scope) -> Iterator[Sessions]:
    """Sessions on a copy that nobody else sees, and that is gone afterwards."""
    ring = sessions.kw["bind"].dialect.ring
    engine = make_engine("sqlite://", poolclass=StaticPool, ring=ring)
    try:
        Base.metadata.create_all(engine)
        with one_moment(sessions) as source, engine.begin() as target:
            target.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # pump and watch name each
            _copy(source, target, scope)
        yield make_sessions(engine)
    finally:
        engine.dispose()


def _copy(source: Session, target: sa.Connection, scope: Scope) -> None:
    kept: dict[str, set[Any]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name in LEFT_OUT or (table.name in SUPPLIES and scope.until is None):
            kept[table.name] = set()
            continue
        names = [column.name for column in table.columns if column.computed is None]
        asked = sa.select(*(table.c[name] for name in names)).where(*_of(table, scope))
        forgotten = {} if scope.has_mornings else FORGOTTEN.get(table.name, {})
        found = [
            dict(zip(names, row, strict=True)) | forgotten for row in source.execute(asked)
        ]
        kept[table.name] = {row["id"] for row in found}
        whole = list(_whole(table, found, kept))
        kept[table.name] = {row["id"] for row in whole}
        if whole:
            target.execute(table.insert(), whole)


def _whole(
    table: sa.Table, rows: Iterable[dict[str, Any]], kept: dict[str, set[Any]]
) -> Iterator[dict[str, Any]]:
    """The rows whose references are in the copy; what may be empty is emptied instead."""
    references = [
        (key.parent, kept[key.column.table.name])
        for key in table.foreign_keys
        if key.column.name == "id"
    ]
    for row in rows:
        lost = [
            c for c, ids in references if row[c.name] is not None and row[c.name] not in ids
        ]
        if all(column.nullable for column in lost):
            yield row | {column.name: None for column in lost}


def _of(table: sa.Table, scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Which rows of a table belong to the scope."""
    if table.name == Heartbeat.__tablename__:
        return [table.c.id == sa.select(sa.func.max(Heartbeat.id)).scalar_subquery()]
    conditions = _of_clinic(table, scope) + _of_pumps(table, scope)
    if table.name == Watch.__tablename__:
        conditions.append(_of_late(table, scope))
    if table.name in (*RECORDS, *SUPPLIES) and "pump_id" in table.c and not scope.has_records:
        conditions.append(table.c.pump_id.in_(_of_supplies(scope)))
    if table.name == MorningList.__tablename__ and not scope.has_mornings:
        conditions.append(sa.false())  # or each morning would tell that none was made
    if table.name == DeviceAlarm.__tablename__:
        conditions.append(_is_open_alarm(table, scope))
    if table.name in PARENTS:
        column = table.c[PARENTS[table.name]]
        parent = next(iter(column.foreign_keys)).column.table
        conditions.append(column.in_(sa.select(parent.c.id).where(*_of(parent, scope))))
    return conditions


def _of_supplies(scope: Scope) -> sa.Select[int]:
    """The pumps that a tick will judge afresh, by their records, because time has passed."""
    is_due = sa.false() if scope.until is None else Pump.supply_ends_at <= scope.until
    return sa.select(Pump.id).where(is_due)


def _of_late(table: sa.Table, scope: Scope) -> sa.ColumnElement[bool]:
    """What is open, or closed of late; and the newest of all, for numbers go on after it."""
    newest = sa.select(sa.func.max(Watch.id)).scalar_subquery()
    return sa.or_(
        table.c.closed_at.is_(None), table.c.closed_at >= scope.since, table.c.id == newest
    )


def _is_open_alarm(table: sa.Table, scope: Scope) -> sa.ColumnElement[bool]:
    """What closed an alarm is not copied, so a closed one would be called unheeded.

    Of the past no alarm is told again, and none is missed.
    """
    if scope.has_records:
        return sa.false()
    closings = sa.select(AlarmClosing.alarm_id).where(AlarmClosing.undone_at.is_(None))
    return sa.func.coalesce(table.c.repeats_id, table.c.id).not_in(closings)


def _of_clinic(table: sa.Table, scope: Scope) -> list[sa.ColumnElement[bool]]:
    if scope.clinic_id is None:
        return []
    if table.name == Clinic.__tablename__:
        return [table.c.id == scope.clinic_id]
    if "clinic_id" in table.c:
        return [table.c.clinic_id == scope.clinic_id]
    if "pump_id" in table.c:
        return [
            table.c.pump_id.in_(sa.select(Pump.id).where(Pump.clinic_id == scope.clinic_id))
        ]
    return []


def _of_pumps(table: sa.Table, scope: Scope) -> list[sa.ColumnElement[bool]]:
    if scope.pump_ids is None:
        return []
    if table.name == Pump.__tablename__:
        return [table.c.id.in_(scope.pump_ids)]
    if table.name == Patient.__tablename__:
        asked = sa.select(Pump.patient_id).where(Pump.id.in_(scope.pump_ids))
        return [table.c.id.in_(asked)]
    if "pump_id" in table.c:
        return [table.c.pump_id.in_(scope.pump_ids)]
    return []
