"""How many visits a day of the clinic holds, and how many are booked on it.

Several pumps of one patient on one day are one visit: they are refilled together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.calendar import start_of_day
from tracker.domain.errors import TrackerError
from tracker.domain.planning import PlanDay
from tracker.domain.travel import there_and_back
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Capacity, Clinic, Patient, Pump, Staff
from tracker.services.outlooks import clinic_rules

DAY = timedelta(days=1)
MOST_VISITS = 200  # ours: above that a number is a slip of the finger
TAKEN_BY = (VisitState.BOOKED, VisitState.KEPT)


class NoPlaces(TrackerError):
    code = "no_places"


@dataclass(frozen=True, slots=True)
class Places:
    """How many visits each weekday holds, and each day that has a number of its own."""

    by_weekday: dict[int, int | None] = field(default_factory=dict)
    by_day: dict[date, Capacity] = field(default_factory=dict)

    def on(self, day: date) -> int | None:
        """How many visits this day holds; None where nobody has set a limit."""
        own = self.by_day.get(day)
        return self.by_weekday.get(day.weekday()) if own is None else own.visits


@dataclass(frozen=True, slots=True)
class Visits:
    """Who has or had a visit on each day, and who of them is seen at home.

    `travel` says how many minutes away those live.
    """

    taken: dict[date, set[int]] = field(default_factory=dict)
    travel: dict[date, dict[int, int | None]] = field(default_factory=dict)


def places_of(session: Session, clinic: Clinic) -> Places:
    """What stands: of several rows for the same weekday or day the newest."""
    found = Places()
    asked = sa.select(Capacity).where(Capacity.clinic_id == clinic.id).order_by(Capacity.id)
    for row in session.scalars(asked):
        if row.weekday is not None:
            found.by_weekday[row.weekday] = row.visits
        elif row.on_day is not None and row.visits is not None:
            found.by_day[row.on_day] = row
        elif row.on_day is not None:
            found.by_day.pop(row.on_day, None)
    return found


def set_weekdays(
    session: Session,
    clinic: Clinic,
    visits: Mapping[int, int | None],
    *,
    by: Staff,
    now: datetime,
) -> None:
    """Say how many visits each weekday holds; what is booked already stays booked."""
    _hold(session, clinic)
    standing = places_of(session, clinic).by_weekday
    for weekday, most in visits.items():
        _check(most, f"visits_{weekday}")
        if standing.get(weekday) != most:
            _add(session, clinic, most, "", weekday=weekday, by=by, now=now)
    session.flush()


def set_day(
    session: Session,
    clinic: Clinic,
    day: date,
    visits: int | None,
    *,
    reason: str,
    by: Staff,
    now: datetime,
) -> None:
    """Give one day a number of its own, with the reason; None: as its weekday says again."""
    _check(visits, "visits")
    if visits is not None and is_blank(reason):
        raise NoPlaces("Say why this day is different.", field="reason")
    _hold(session, clinic)
    standing = places_of(session, clinic).by_day.get(day)
    if (visits, reason.strip()) == (
        (standing.visits, standing.reason) if standing else (None, "")
    ):
        return  # the same form, sent twice
    _add(session, clinic, visits, reason.strip(), on_day=day, by=by, now=now)
    session.flush()


def _hold(session: Session, clinic: Clinic) -> None:
    """Two who change the places, or book the last one, come one after the other."""
    held = sa.select(Clinic.id).where(Clinic.id == clinic.id)
    session.execute(held.with_for_update(key_share=True))


def set_home_weekdays(session: Session, clinic: Clinic, weekdays: str) -> None:
    """Say on which weekdays somebody travels to patients; empty: on every open day."""
    clinic.home_weekdays = weekdays
    session.flush()


def visits_between(session: Session, clinic: Clinic, first: date, last: date) -> Visits:
    """The visits from the first day to the last, by the patients' numbers."""
    zone = clinic.zone
    asked = (
        sa.select(
            Appointment.scheduled_at, Appointment.is_home, Patient.id, Patient.travel_minutes
        )
        .join(Pump, Pump.id == Appointment.pump_id)
        .join(Patient, Patient.id == Pump.patient_id)
        .where(
            Appointment.clinic_id == clinic.id,
            Appointment.state.in_(TAKEN_BY),
            Appointment.scheduled_at >= start_of_day(first, zone),
            Appointment.scheduled_at < start_of_day(last + DAY, zone),
        )
    )
    found = Visits()
    for at, is_home, patient_id, minutes in session.execute(asked):
        day = at.astimezone(zone).date()
        found.taken.setdefault(day, set()).add(patient_id)
        if is_home:
            found.travel.setdefault(day, {})[patient_id] = minutes
    return found


def days_between(session: Session, clinic: Clinic, first: date, last: date) -> list[PlanDay]:
    """The days from the first to the last, with their places and what is booked on them."""
    visits = visits_between(session, clinic, first, last)
    return days_with(session, clinic, first, last, visits)


def days_with(
    session: Session, clinic: Clinic, first: date, last: date, visits: Visits
) -> list[PlanDay]:
    """The same, with the visits of these days, which have been read."""
    open_days = clinic_rules(clinic).open_days
    names = {one.closed_on: one.name for one in clinic.closures}
    places = places_of(session, clinic)
    return [
        PlanDay(
            on=day,
            is_open=open_days.is_open(day),
            closed_because=names.get(day, ""),
            is_for_home=is_for_home(clinic, day),
            places=places.on(day),
            taken=len(visits.taken.get(day, ())),
            travel_minutes=there_and_back(visits.travel.get(day, {}).values()),
        )
        for day in _days(first, last)
    ]


def is_for_home(clinic: Clinic, day: date) -> bool:
    """Whether somebody travels to patients on this weekday."""
    return not clinic.home_weekdays or str(day.weekday()) in clinic.home_weekdays


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * DAY for n in range((last - first).days + 1))


def _check(visits: int | None, name: str) -> None:
    if visits is not None and not 0 <= visits <= MOST_VISITS:
        raise NoPlaces(f"Give a number from 0 to {MOST_VISITS}, or nothing.", field=name)


def _add(
    session: Session,
    clinic: Clinic,
    visits: int | None,
    reason: str,
    *,
    weekday: int | None = None,
    on_day: date | None = None,
    by: Staff,
    now: datetime,
) -> None:
    session.add(
        Capacity(
            clinic_id=clinic.id,
            weekday=weekday,
            on_day=on_day,
            visits=visits,
            reason=reason[:300],
            set_at=now,
            set_by_id=by.id,
        )
    )
