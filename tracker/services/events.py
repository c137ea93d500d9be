"""Recording what happens between two refills, and how it ended; the watches follow."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.events import (
    EventKind,
    NotAnEvent,
    check_end,
    check_event,
)
from tracker.models import Event, EventEnd, Pump, Staff
from tracker.services.happenings import admissions_of, events_of
from tracker.services.versions import take_version
from tracker.services.watches import Evidence, reproject

# A clinician stands behind what closes a watch; a discharge needs no more than its day.
NEEDS_CLINICIAN = (EventKind.POCKET_FILL, EventKind.FEVER, EventKind.FLIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """What happened as entered; `ended_at` where that is known already."""

    kind: EventKind
    started_at: datetime
    place: str = ""
    phone: str = ""
    note: str = ""
    ended_at: datetime | None = None


def record_event(
    session: Session,
    pump: Pump,
    facts: EventFacts,
    *,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> Event:
    """Write down what happened, and let the watches ask for what it calls for."""
    check_event(
        facts.kind,
        at=facts.started_at,
        ended_at=facts.ended_at,
        place=facts.place,
        now=now,
    )
    if facts.kind is EventKind.ADMISSION and facts.ended_at is None:
        _refuse_second(session, pump)
    take_version(session, pump, seen_version)
    row = Event(
        pump=pump,
        kind=facts.kind,
        started_at=facts.started_at,
        place=facts.place.strip(),
        phone=facts.phone.strip(),
        note=facts.note.strip(),
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    session.flush()
    if facts.ended_at is not None:
        _add_end(session, row, facts.ended_at, by=by, now=now)
    reproject(session, pump, because=Evidence("event", row.id), now=now)
    return row


def _refuse_second(session: Session, pump: Pump) -> None:
    there = admissions_of(session, [pump.patient_id]).get(pump.patient_id)
    if there is not None:
        raise NotAnEvent(
            f"The patient is recorded as admitted at {there.place}:"
            " record the discharge first.",
            field="kind",
        )


def end_event(
    session: Session,
    event: Event,
    *,
    ended_at: datetime,
    decided_by: str = "",
    note: str = "",
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> EventEnd:
    """Write down how an event ended: a discharge, an assessment, a decision."""
    check_end(at=event.started_at, ended_at=ended_at, now=now)
    _refuse_ended(session, event)
    if event.kind in NEEDS_CLINICIAN:
        if not decided_by.strip():
            raise NotAnEvent("Say which clinician assessed it.", field="decided_by")
        if not note.strip():
            raise NotAnEvent("Say what was found and decided.", field="note")
    take_version(session, event.pump, seen_version)
    row = _add_end(session, event, ended_at, decided_by=decided_by, note=note, by=by, now=now)
    reproject(session, event.pump, because=Evidence("event_end", row.id), now=now)
    return row


def nothing_was_done(
    session: Session,
    event: Event,
    *,
    said_by: str,
    note: str = "",
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> EventEnd:
    """Write down, after a discharge, who says that the pump was not touched elsewhere.

    The discharge stays as it was: a new row names it.
    """
    ends = {one.id: end for one, end in events_of(session, event.pump)}
    old = ends.get(event.id)
    if event.kind is not EventKind.ADMISSION or old is None:
        raise NotAnEvent("There is no discharge on record that this could be about.")
    if old.decided_by:
        raise NotAnEvent(f"{old.decided_by} has said so already.")
    if not said_by.strip():
        raise NotAnEvent("Say who says so, and where they work.", field="said_by")
    take_version(session, event.pump, seen_version)
    row = EventEnd(
        pump_id=event.pump_id,
        event=event,
        ended_at=old.ended_at,
        decided_by=said_by.strip(),
        note=note.strip() or old.note,
        reason="what was done to the pump there",
        replaces_id=old.id,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    session.flush()
    reproject(session, event.pump, because=Evidence("event_end", row.id), now=now)
    return row


def _refuse_ended(session: Session, event: Event) -> None:
    """Of two who write down the end, the second is told so; what was struck out has none."""
    ends = {one.id: end for one, end in events_of(session, event.pump)}
    if event.id not in ends:
        raise NotAnEvent("This was struck out or put right: there is nothing to end.")
    if ends[event.id] is not None:
        raise NotAnEvent("How this ended is on record already: strike that out first.")


def _add_end(
    session: Session,
    event: Event,
    ended_at: datetime,
    *,
    decided_by: str = "",
    note: str = "",
    by: Staff,
    now: datetime,
) -> EventEnd:
    row = EventEnd(
        pump_id=event.pump_id,
        event=event,
        ended_at=ended_at,
        decided_by=decided_by.strip(),
        note=note.strip(),
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    session.flush()
    return row
