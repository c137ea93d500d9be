"""Writing the trail. Hung once on the maker of sessions; services know nothing of it.

A change and its entry are one transaction: neither can be there without the other. Entries
get their number and hash at the very end of it, under a lock that is held until the commit
alone, so that two writers never wait on each other's work, nor continue from the same entry.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from tracker.domain.trail import BEGINNING, Act, Actor, Entry, Head, as_json, chained, named_in
from tracker.models import Contact, Patient, Pump, Refill, TrailEntry, TrailPatient, Watch
from tracker.services.trail_changes import (
    CHANGES,
    bulk_changes,
    changes_of,
    collected,
    read_before,
)

WHO, MARKS, UNREAD, SEEN = "trail.who", "trail.marks", "trail.unread", "trail.seen"
LOCK = 7_461_201  # a number of ours among PostgreSQL's advisory locks
# By which column a row hangs on a pump, a patient or what hangs on them.
PARENTS: tuple[tuple[str, Any], ...] = (
    ("pump_id", Pump),
    ("patient_id", Patient),
    ("watch_id", Watch),
    ("contact_id", Contact),
    ("refill_id", Refill),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Whom and what an entry concerns."""

    clinic_id: int | None = None
    patient_id: int | None = None
    pump_id: int | None = None


def keep_trail(sessions: sessionmaker[Session], who: Callable[[], Actor]) -> None:
    """Let everything that these sessions commit be written down; `who` is asked at the end."""
    sessions.configure(info={WHO: who})
    event.listen(sessions, "before_flush", _read_before)
    event.listen(sessions, "after_flush", _collect)
    event.listen(sessions, "do_orm_execute", _collect_bulk)
    event.listen(sessions, "before_commit", _write)
    event.listen(sessions, "after_transaction_create", _mark)
    event.listen(sessions, "after_soft_rollback", _forget)
    event.listen(sessions, "after_transaction_end", _finish)


def append(connection: sa.Connection, entries: Sequence[Entry]) -> Head:
    """Add entries to the trail, each with its number and hash; the new head.

    The last thing of a transaction: on PostgreSQL others wait from here to its commit.
    """
    _lock(connection)
    last = _last(connection)
    rows, links = [], []
    for entry in entries:
        numbered = replace(entry, id=last.number + 1)
        last = Head(numbered.id, chained(last.hash, numbered), numbered.at)
        row = {name: getattr(numbered, name) for name in Entry.__slots__}
        rows.append(row | {"hash": last.hash})
        links += [{"entry_id": numbered.id, "patient_id": one} for one in named_in(numbered)]
    connection.execute(sa.insert(TrailEntry.__table__), rows)  # type: ignore[arg-type]
    if links:
        connection.execute(sa.insert(TrailPatient.__table__), links)  # type: ignore[arg-type]
    return last


def entry_of(
    actor: Actor,
    act: Act,
    what: str,
    *,
    row_id: int | None = None,
    place: Place | None = None,
    before: object = None,
    after: object = None,
) -> Entry:
    """An entry that has no number yet; texts are cut to what a row can hold."""
    place = place or Place()
    clinic_id = place.clinic_id if place.clinic_id is not None else actor.clinic_id
    return Entry(
        id=0,
        at=actor.at,
        actor=actor.name[:160],
        staff_id=actor.staff_id,
        clinic_id=clinic_id,
        patient_id=place.patient_id,
        pump_id=place.pump_id,
        act=act.value,
        what=what[:80],
        row_id=row_id,
        before=None if before is None else as_json(before),
        after=None if after is None else as_json(after),
        address=actor.address[:120],
        correlation=actor.correlation[:40],
    )


def head(session: Session) -> Head:
    """The newest entry; number 0 while there is none."""
    return _last(session.connection())


def _lock(connection: sa.Connection) -> None:
    """One writer at a time from here on. On SQLite that is so since the transaction began."""
    if connection.dialect.name != "postgresql":
        return
    # what is checked at commit could wait for a row of who waits for us: check it first
    connection.exec_driver_sql(
        f"SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_advisory_xact_lock({LOCK})"
    )


def _last(connection: sa.Connection) -> Head:
    table = TrailEntry.__table__
    asked = sa.select(table.c.id, table.c.hash, table.c.at).order_by(table.c.id.desc()).limit(1)
    found = connection.execute(asked).first()
    return Head(0, BEGINNING) if found is None else Head(*found)


def _read_before(session: Session, _context: Any, _rows: Any) -> None:
    session.info[UNREAD] = read_before(session)


def _collect(session: Session, _context: Any) -> None:
    collected(session).extend(changes_of(session, session.info.pop(UNREAD, {})))


def _collect_bulk(state: Any) -> Any:
    """An UPDATE or DELETE that passes by the objects: what it changes is read around it."""
    if not (state.is_update or state.is_delete):
        return None
    return bulk_changes(state)


def _write(session: Session) -> None:
    """Before the commit: number, seal and store what was collected."""
    if session.in_nested_transaction():
        return
    session.flush()
    changes = session.info.pop(CHANGES, [])
    if not changes:
        return
    actor: Actor = session.info[WHO]()
    entries = [
        entry_of(
            actor,
            one.act,
            one.table,
            row_id=one.row_id,
            place=_place(session, one.table, one.row_id, one.hangs_on),
            before=one.before,
            after=one.after,
        )
        for one in changes
    ]
    append(session.connection(), entries)


def _place(session: Session, table: str, row_id: int | None, row: dict[str, Any]) -> Place:
    """The clinic, patient and pump of a row, by what it hangs on; mostly loaded already."""
    if table == "pump":
        return Place(row.get("clinic_id"), row.get("patient_id"), row_id)
    if table == "patient":
        return Place(row.get("clinic_id"), row_id)
    if table == "clinic":
        return Place(row_id)
    for column, parent in PARENTS:
        if row.get(column) is not None:
            found = session.get(parent, row[column])
            if found is not None:
                return _place(session, parent.__tablename__, found.id, vars(found))
    return Place(row.get("clinic_id"))


def _mark(session: Session, transaction: Any) -> None:
    """Remember what had been collected when a savepoint began."""
    if transaction.nested:
        session.info.setdefault(MARKS, {})[transaction] = len(collected(session))


def _forget(session: Session, transaction: Any) -> None:
    """What was rolled back has not happened."""
    mark = session.info.get(MARKS, {}).pop(transaction, 0)
    del collected(session)[mark:]


def _finish(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop(CHANGES, None)
        session.info.pop(MARKS, None)


@event.listens_for(Patient, "load")
@event.listens_for(Pump, "load")
def _was_read(row: Patient | Pump, context: Any) -> None:
    """A page that reads a patient or their pump shows them, to the trail."""
    seen = context.session.info.get(SEEN)
    if seen is not None:
        number = vars(row).get("id" if isinstance(row, Patient) else "patient_id")
        if number is not None:
            seen.add(number)
