"""When patients are away. It moves no date and stops no reminder: staff are told earlier."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import start_of_day
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Away, Patient, Pump, Staff
from tracker.services.versions import stay_here
from tracker.services.watches import reproject

LONGEST = timedelta(days=366)  # ours: whoever is away for longer is handed over
MISSED_WITHIN = timedelta(days=366)  # ours: a year says how likely somebody is to come


class NotAway(TrackerError):
    code = "not_away"


def record_away(
    session: Session,
    patient: Patient,
    *,
    first_on: date,
    last_on: date,
    place: str = "",
    by: Staff,
    now: datetime,
) -> Away:
    """Write down that a patient can't come on these days, and how to reach them there."""
    stay_here(session, patient)
    if last_on < first_on:
        raise NotAway("The last day comes before the first.", field="last_on")
    if last_on < now.astimezone(patient.clinic.zone).date():
        raise NotAway("These days are over already.", field="last_on")
    if last_on - first_on > LONGEST:
        raise NotAway("That is more than a year: look at the year.", field="last_on")
    known = aways_of(session, [patient.id], since=first_on).get(patient.id, [])
    if any((one.first_on, one.last_on) == (first_on, last_on) for one in known):
        raise NotAway("These days are written down already.", field="first_on")
    row = Away(
        patient_id=patient.id,
        first_on=first_on,
        last_on=last_on,
        place=place.strip()[:200],
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    session.flush()
    _tell_watches(session, patient, row, now=now)
    return row


def withdraw_away(session: Session, away: Away, *, by: Staff, now: datetime) -> None:
    """They are here after all, or it was written down wrongly; the row stays and says so."""
    if away.withdrawn_at is None:
        away.withdrawn_at, away.withdrawn_by_id = now, by.id
        session.flush()
        _tell_watches(session, away.patient, away, now=now)


def _tell_watches(session: Session, patient: Patient, away: Away, *, now: datetime) -> None:
    """Let the refill watches know until when the patient can come."""
    pumps = sa.select(Pump).where(Pump.patient_id == patient.id, Pump.ended_at.is_(None))
    for pump in session.scalars(pumps.order_by(Pump.id)).all():
        reproject(session, pump, because=Evidence(EvidenceKind.AWAY, away.id), now=now)


def set_travel(
    session: Session,
    patient: Patient,
    *,
    is_seen_at_home: bool,
    travel_minutes: int | None,
    best_weekdays: str,
) -> None:
    """Say how a patient comes to a visit; what is booked already stays as it is."""
    stay_here(session, patient)
    patient.is_seen_at_home, patient.travel_minutes = is_seen_at_home, travel_minutes
    patient.best_weekdays = best_weekdays
    session.flush()


def aways_of(
    session: Session, patient_ids: Collection[int], *, since: date
) -> dict[int, list[Away]]:
    """When each of these patients is away from that day on, the earliest first."""
    found: dict[int, list[Away]] = {}
    if not patient_ids:
        return found
    asked = sa.select(Away).where(
        Away.patient_id.in_(patient_ids), Away.last_on >= since, Away.withdrawn_at.is_(None)
    )
    for row in session.scalars(asked.order_by(Away.first_on, Away.id)):
        found.setdefault(row.patient_id, []).append(row)
    return found


def booked_between(
    session: Session, patient: Patient, first: date, last: date
) -> list[Appointment]:
    """The visits that are booked for days on which the patient can't come."""
    zone = patient.clinic.zone
    asked = (
        sa.select(Appointment)
        .join(Pump, Pump.id == Appointment.pump_id)
        .where(
            Pump.patient_id == patient.id,
            Appointment.state == VisitState.BOOKED,
            Appointment.scheduled_at >= start_of_day(first, zone),
            Appointment.scheduled_at < start_of_day(last + timedelta(days=1), zone),
        )
        .order_by(Appointment.scheduled_at)
    )
    return list(session.scalars(asked))


def missed_by(
    session: Session, patient_ids: Collection[int], *, now: datetime
) -> dict[int, list[datetime]]:
    """The visits to which each of these patients did not come within a year, newest first.

    They are told to whoever chooses a day. Nothing else follows: nobody is watched less for it.
    """
    found: dict[int, list[datetime]] = {}
    if not patient_ids:
        return found
    asked = (
        sa.select(Pump.patient_id, Appointment.scheduled_at)
        .join(Pump, Pump.id == Appointment.pump_id)
        .where(
            Pump.patient_id.in_(patient_ids),
            Appointment.state == VisitState.MISSED,
            Appointment.scheduled_at >= now - MISSED_WITHIN,
        )
        .order_by(Appointment.scheduled_at.desc())
        .distinct()
    )
    for patient_id, at in session.execute(asked):
        found.setdefault(patient_id, []).append(at)
    return found
