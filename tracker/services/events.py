"""Recording what happens between two refills, and how it ended; the watches follow.

A correction is a row that names the old one. How a corrected event ended goes with it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.events import (
    EventKind,
    NotAnEvent,
    check_begun,
    check_end,
    check_event,
)
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Event, EventEnd, Pump, Staff
from tracker.services.corrections import check_correctable, void_copy
from tracker.services.happenings import admissions_of, events_of
from tracker.services.versions import take_version
from tracker.services.watches import reproject

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


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFacts:
    """How something ended, as entered."""

    ended_at: datetime
    decided_by: str = ""
    note: str = ""


def record_event(
    session: Session,
    pump: Pump,
    facts: EventFacts,
    *,
    reason: str = "",
    seen_version: int | None = None,
    replaces: Event | None = None,
    by: Staff,
    now: datetime,
) -> Event:
    """Write down what happened, and let the watches ask for what it calls for.

    With `replaces` it corrects an earlier row, which stays.
    """
    end = None if replaces is None else _end_of(session, replaces)
    _check(session, pump, facts, replaces=replaces, end=end, now=now)
    take_version(session, pump, seen_version)
    if replaces is not None:
        check_correctable(session, replaces, reason)
    row = Event(
        pump=pump,
        kind=facts.kind,
        started_at=facts.started_at,
        place=facts.place.strip(),
        phone=facts.phone.strip(),
        note=facts.note.strip(),
        reason=reason.strip(),
        replaces_id=replaces.id if replaces else None,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    session.flush()
    if end is not None:
        _take_along(session, end, row, reason=reason, by=by, now=now)
    elif facts.ended_at is not None:
        session.add(_end_row(row, EndFacts(ended_at=facts.ended_at), by=by, now=now))
        session.flush()
    reproject(session, pump, because=Evidence(EvidenceKind.EVENT, row.id), now=now)
    return row


def _check(
    session: Session,
    pump: Pump,
    facts: EventFacts,
    *,
    replaces: Event | None,
    end: EventEnd | None,
    now: datetime,
) -> None:
    kind, at = facts.kind, facts.started_at
    check_event(kind, at=at, ended_at=facts.ended_at, place=facts.place, now=now)
    check_begun(
        kind,
        at.astimezone(pump.clinic.zone).date(),
        born_on=pump.patient.birth_on,
        implanted_on=pump.implant_day or pump.patient.birth_on,
    )
    if end is not None and end.ended_at < at and kind is not EventKind.FLIGHT:
        raise NotAnEvent(
            "Its end on record lies before this: correct that first.", field="started_at"
        )
    if kind is EventKind.ADMISSION and facts.ended_at is None and end is None:
        _refuse_second(session, pump, besides=replaces)


def _refuse_second(session: Session, pump: Pump, *, besides: Event | None) -> None:
    there = admissions_of(session, [pump.patient_id]).get(pump.patient_id)
    if there is not None and there is not besides:
        raise NotAnEvent(
            f"The patient is recorded as admitted at {there.place}:"
            " record the discharge first.",
            field="kind",
        )


def _end_of(session: Session, event: Event) -> EventEnd | None:
    """The end in force of an event in force."""
    return next((end for one, end in events_of(session, event.pump) if one is event), None)


def _take_along(
    session: Session, end: EventEnd, event: Event, *, reason: str, by: Staff, now: datetime
) -> None:
    """Let the end on record be that of the corrected event.

    What was no clinician's doing ends nothing that only a clinician can: it is struck out.
    """
    copy = void_copy(end, reason=reason, by=by, now=now)
    if _is_complete(event, end.decided_by, end.note):
        copy.is_void, copy.event_id = False, event.id
    session.add(copy)
    session.flush()


def _is_complete(event: Event, decided_by: str, note: str) -> bool:
    has_both = bool(decided_by.strip() and note.strip())
    return event.kind not in NEEDS_CLINICIAN or has_both


def end_event(
    session: Session,
    event: Event,
    facts: EndFacts,
    *,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> EventEnd:
    """Write down how an event ended: a discharge, an assessment, a decision."""
    _check_end(event, facts, now=now)
    _refuse_ended(session, event)
    take_version(session, event.pump, seen_version)
    return _add_end(session, _end_row(event, facts, by=by, now=now), now=now)


def correct_end(
    session: Session,
    pump: Pump,
    facts: EndFacts,
    *,
    reason: str,
    seen_version: int | None = None,
    replaces: EventEnd,
    by: Staff,
    now: datetime,
) -> EventEnd:
    """Write down how it really ended, in a row that names the old one."""
    _check_end(replaces.event, facts, now=now)
    take_version(session, pump, seen_version)
    check_correctable(session, replaces, reason)
    row = _end_row(replaces.event, facts, by=by, now=now)
    row.replaces_id, row.reason = replaces.id, reason.strip()
    return _add_end(session, row, now=now)


def _check_end(event: Event, facts: EndFacts, *, now: datetime) -> None:
    check_end(event.kind, at=event.started_at, ended_at=facts.ended_at, now=now)
    if event.kind in NEEDS_CLINICIAN:
        if is_blank(facts.decided_by):
            raise NotAnEvent("Say which clinician assessed it.", field="decided_by")
        if is_blank(facts.note):
            raise NotAnEvent("Say what was found and decided.", field="note")


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
    if is_blank(said_by):
        raise NotAnEvent("Say who says so, and where they work.", field="said_by")
    take_version(session, event.pump, seen_version)
    facts = EndFacts(ended_at=old.ended_at, decided_by=said_by, note=note.strip() or old.note)
    row = _end_row(event, facts, by=by, now=now)
    row.replaces_id, row.reason = old.id, "what was done to the pump there"
    return _add_end(session, row, now=now)


def _refuse_ended(session: Session, event: Event) -> None:
    """Of two who write down the end, the second is told so; what was struck out has none."""
    ends = {one.id: end for one, end in events_of(session, event.pump)}
    if event.id not in ends:
        raise NotAnEvent("This was struck out or put right: there is nothing to end.")
    if ends[event.id] is not None:
        raise NotAnEvent("How this ended is on record already: strike that out first.")


def _end_row(event: Event, facts: EndFacts, *, by: Staff, now: datetime) -> EventEnd:
    return EventEnd(
        pump_id=event.pump_id,
        event=event,
        ended_at=facts.ended_at,
        decided_by=facts.decided_by.strip(),
        note=facts.note.strip(),
        recorded_at=now,
        recorded_by_id=by.id,
    )


def _add_end(session: Session, row: EventEnd, *, now: datetime) -> EventEnd:
    session.add(row)
    session.flush()
    reproject(
        session, row.event.pump, because=Evidence(EvidenceKind.EVENT_END, row.id), now=now
    )
    return row
