"""A pump's story: every record ever written, with what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tracker.models import (
    Bolus,
    Event,
    EventEnd,
    Message,
    Programme,
    Pump,
    PumpRevision,
    Reading,
    Refill,
    Review,
    Staff,
    Watch,
)

Record = Refill | Programme | Bolus | Reading | Event | EventEnd | Review
Row = TypeVar("Row", bound=Record)
WHEN: dict[type[Record], tuple[str, str]] = {
    Refill: ("refill", "filled_at"),
    Programme: ("programme", "effective_at"),
    Bolus: ("bolus", "started_at"),
    Reading: ("reading", "read_at"),
    Event: ("event", "started_at"),
    EventEnd: ("event_end", "ended_at"),
    Review: ("review", "reviewed_at"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: when it was so, who wrote it, and the row that replaced or struck it out."""

    kind: str
    at: datetime
    record: Record
    recorded_by: str
    replaced_by: Record | None
    replaced_by_name: str | None

    @property
    def is_in_force(self) -> bool:
        return self.replaced_by is None and not self.record.is_void


def pump_history(session: Session, pump: Pump) -> list[Entry]:
    """Every record of `pump`, newest first; voiding rows are told by what they strike out."""
    rows = [row for table in WHEN for row in _rows(session, table, pump)]
    names = _names(session, {row.recorded_by_id for row in rows})
    successors = {(type(row), row.replaces_id): row for row in rows if row.replaces_id}
    entries = []
    for row in rows:
        if row.is_void:
            continue
        kind, at = WHEN[type(row)]
        newer = successors.get((type(row), row.id))
        by = names[newer.recorded_by_id] if newer else None
        entries.append(Entry(kind, getattr(row, at), row, names[row.recorded_by_id], newer, by))
    return sorted(entries, key=lambda one: (one.at, one.record.recorded_at), reverse=True)


@dataclass(frozen=True, slots=True)
class Revision:
    """One correction of a pump's details, by name: only what differs, old and new."""

    recorded_at: datetime
    recorded_by: str
    reason: str
    changes: tuple[tuple[str, str | None, str | None], ...]


def pump_revisions(session: Session, pump: Pump) -> list[Revision]:
    """Every correction of the details of `pump`, newest first."""
    found = session.execute(
        sa.select(PumpRevision, Staff.name)
        .join(Staff, Staff.id == PumpRevision.recorded_by_id)
        .where(PumpRevision.pump_id == pump.id)
        .order_by(PumpRevision.id.desc())
    )
    return [Revision(one.recorded_at, by, one.reason, _changes(one)) for one, by in found]


def _changes(revision: PumpRevision) -> tuple[tuple[str, str | None, str | None], ...]:
    names = [name for name in revision.before if name != "owner_id"]
    pairs = [(name, revision.before[name], revision.after.get(name)) for name in names]
    return tuple(one for one in pairs if one[1] != one[2])


def _rows(session: Session, table: type[Row], pump: Pump) -> Sequence[Row]:
    found = sa.select(table).where(table.pump_id == pump.id)
    if table is Refill:
        found = found.options(selectinload(Refill.drugs))
    if table is EventEnd:
        found = found.options(joinedload(EventEnd.event))
    return session.scalars(found).all()


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    found = sa.select(Staff.id, Staff.name).where(Staff.id.in_(ids))
    return {row.id: row.name for row in session.execute(found)}


def recorded_since(session: Session, pump: Pump, version: int) -> list[Entry]:
    """What was written since the page that showed `version`: the newest rows, as many as that.

    Each act moves the version by one and writes at least one row, so this never shows too few
    acts.
    """
    acts = max(0, pump.version - version)
    by_time = sorted(pump_history(session, pump), key=lambda one: one.record.recorded_at)
    times = sorted({one.record.recorded_at for one in by_time}, reverse=True)[:acts]
    return [one for one in by_time if one.record.recorded_at in times]


def watches_of(session: Session, pump: Pump) -> list[Watch]:
    """The pump's open watches, refill first."""
    found = sa.select(Watch).where(Watch.pump_id == pump.id, Watch.closed_at.is_(None))
    return sorted(session.scalars(found), key=lambda watch: watch.kind != "refill")


def messages_of(session: Session, pump: Pump, *, limit: int = 50) -> list[Message]:
    """The last messages about this pump, newest first."""
    found = (
        sa.select(Message)
        .join(Watch, Watch.id == Message.watch_id)
        .where(Watch.pump_id == pump.id)
        .order_by(Message.id.desc())
        .limit(limit)
        .options(joinedload(Message.staff), joinedload(Message.contact))
    )
    return list(session.scalars(found))
