"""The past told again: would these steps have warned, and when?

The records are written in again at the moments at which they were recorded, and between them
the engine ticks. Not told again: visits and answers, corrections of a pump's own details, who
was away, and what a clinic changed of its settings; these are as they are today.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.evidence import Evidence, EvidenceKind, is_new_fill
from tracker.jobs import Outlets
from tracker.jobs.sessions import Sessions
from tracker.models import Clinic, Pump, Refill, SilenceRow, Watch
from tracker.rehearsal.copying import LOOK_BACK, Scope, copied
from tracker.rehearsal.lines import Line, lines
from tracker.rehearsal.past import TABLES, Later, turn_back
from tracker.rehearsal.running import (
    Ladders,
    Rehearsed,
    Walk,
    check_span,
    climb_these,
    noting,
)
from tracker.services.lifespans import settle
from tracker.services.watches import open_key, reproject


@dataclass(frozen=True, slots=True)
class Difference:
    """One pump and day on which another number would have been sent than was."""

    pump_id: int
    on: date
    would: int
    was: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What would have been sent, beside what was."""

    would: Rehearsed
    sent: list[Line]
    differences: list[Difference]

    def as_json(self) -> dict[str, Any]:
        return self.would.as_json() | {
            "sent": [line.as_json() for line in self.sent],
            "differences": [
                {
                    "pump_id": one.pump_id,
                    "on": one.on.isoformat(),
                    "would": one.would,
                    "was": one.was,
                }
                for one in self.differences
            ],
        }


def replay(
    sessions: Sessions,
    outlets: Outlets,
    *,
    since: datetime,
    until: datetime,
    clinic_id: int | None = None,
    pump_ids: tuple[int, ...] | None = None,
    policies: Ladders | None = None,
    goes_on: Callable[[], bool] = lambda: True,
) -> Replayed:
    """What the engine would have sent in that time, with the records of that time."""
    check_span(since, until)
    scope = Scope(since - LOOK_BACK, clinic_id, pump_ids, has_records=True)
    with copied(sessions, scope) as copy:
        with copy() as session:
            zones = {one.id: one.zone for one in session.scalars(sa.select(Clinic))}
            of_pump = {one.id: one.clinic_id for one in session.scalars(sa.select(Pump))}
            sent = [one for one in lines(session, since=since, until=until) if _was_sent(one)]
        later = _turned_back(copy, since, policies)
        walk = Walk(copy, noting(outlets), since, goes_on)
        reached = _walk(walk, later, until)
        with copy() as session:
            found = lines(session, since=since, until=reached)
    would = Rehearsed(since, reached, found, reached < until, walk.faults)
    sent = [one for one in sent if one.at <= reached]
    zone_of = {pump: zones[clinic] for pump, clinic in of_pump.items()}
    return Replayed(would, sent, _differences(would.messages, sent, zone_of))


def _was_sent(line: Line) -> bool:
    return line.is_sent and line.pump_id is not None


def _turned_back(copy: Sessions, since: datetime, policies: Ladders | None) -> list[Later]:
    with copy.begin() as session:
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        # orders and what payers said are not in the copy: it would ask for all of them
        session.execute(sa.update(Clinic).values(order_rules=None))
        later = turn_back(session, since)
        if policies:
            climb_these(session, policies, now=since)
    return later


def _walk(walk: Walk, later: Iterable[Later], until: datetime) -> datetime:
    """From one record to the next, ticking in between; how far it came."""
    for at, rows in groupby((one for one in later if one.at <= until), lambda one: one.at):
        if at > walk.at:
            reached = walk.to(at)
            if reached < at:
                return reached
        with walk.copy.begin() as session:
            session.connection().exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            for pump_id, of_pump in groupby(rows, lambda one: one.pump_id):
                _tell(session, pump_id, list(of_pump), now=at)
        walk.look_again()
    return walk.to(until)


def _tell(session: Session, pump_id: int, rows: list[Later], *, now: datetime) -> None:
    """Write in again what was recorded of one pump at one moment, and let the dates follow."""
    because = _evidence_of(rows, newest_at=_newest_fill(session, pump_id))
    for one in rows:
        if one.table is SilenceRow or one.table is None:
            _tell_silence(session, one, now=now)
        elif one.table == "end":
            session.execute(sa.update(Pump).where(Pump.id == pump_id).values(**one.row))
        else:
            session.execute(one.table.__table__.insert(), [one.row])
    if all(one.table in (SilenceRow, None) for one in rows):
        return
    session.expire_all()
    pump = session.get_one(Pump, pump_id)
    reproject(session, pump, because=because, now=now)


def _evidence_of(rows: Iterable[Later], *, newest_at: datetime | None) -> Evidence:
    """What of a moment's rows a watch may end with: the new fill, or else the last record."""
    found = Evidence(EvidenceKind.REHEARSAL)
    for row, table in ((one.row, one.table) for one in rows if one.table in TABLES):
        is_new = table is Refill and is_new_fill(
            row["filled_at"],
            newest_at,
            is_correction=row["is_void"] or row["replaces_id"] is not None,
        )
        if is_new or not found.is_new_fill:
            found = Evidence(EvidenceKind(table.__tablename__), row["id"], is_new)
    return found


def _newest_fill(session: Session, pump_id: int) -> datetime | None:
    """The newest fill that counts, so that a late entry ends nothing."""
    replaced = sa.select(Refill.replaces_id).where(Refill.replaces_id.is_not(None))
    return session.scalar(
        sa.select(sa.func.max(Refill.filled_at)).where(
            Refill.pump_id == pump_id, Refill.is_void.is_(False), Refill.id.not_in(replaced)
        )
    )


def _tell_silence(session: Session, one: Later, *, now: datetime) -> None:
    """A silence begins, or is ended by somebody, on the watch that is open by now."""
    row = dict(one.row)
    pump = session.get_one(Pump, one.pump_id)
    watch = session.scalar(
        sa.select(Watch).where(Watch.open_key == open_key(pump, row.pop("kind_of_watch")))
    )
    if watch is None:
        return
    in_force = session.scalar(
        sa.select(SilenceRow).where(
            SilenceRow.watch_id == watch.id, SilenceRow.ended_at.is_(None)
        )
    )
    if in_force is not None:
        in_force.ended_at, in_force.ended_because = now, "told again"
        session.flush()
    if one.table is SilenceRow:
        facts = row | {"watch_id": watch.id, "ended_at": None, "ended_by_id": None}
        session.add(SilenceRow(**facts | {"ended_because": ""}))
        session.flush()
    settle(session, watch, now=now)


def _differences(
    would: Iterable[Line], was: Iterable[Line], zone_of: dict[int, ZoneInfo]
) -> list[Difference]:
    def counted(found: Iterable[Line]) -> Counter[tuple[date, int]]:
        return Counter(
            (one.at.astimezone(zone_of[one.pump_id]).date(), one.pump_id)
            for one in found
            if one.pump_id is not None
        )

    ours, theirs = counted(would), counted(was)
    return [
        Difference(pump_id, on, ours[on, pump_id], theirs[on, pump_id])
        for on, pump_id in sorted(ours.keys() | theirs.keys())
        if ours[on, pump_id] != theirs[on, pump_id]
    ]
