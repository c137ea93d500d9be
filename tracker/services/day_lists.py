"""The day list and the week plan, put together from what is booked and from what is due."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.calendar import start_of_day
from tracker.domain.day_list import Day, DayList
from tracker.domain.travel import there_and_back
from tracker.domain.visit import VisitState, is_in_time
from tracker.models import Appointment, Clinic, Closure, Pump, Watch
from tracker.services.bookings import BOOKED_FOR_IT, open_refills
from tracker.services.day_lines import Known, known_of, line_of
from tracker.services.outlooks import clinic_rules

DAY = timedelta(days=1)
WEEK = 7
MOST_DAYS = 14  # ours: a plan of two weeks; more is not read on paper
SHOWN = (VisitState.BOOKED, VisitState.KEPT)


def day_list(
    session: Session, clinic: Clinic, first: date, days: int, *, now: datetime
) -> DayList:
    """Who comes on these days, and who is due by the last without a visit that counts."""
    dates = [first + number * DAY for number in range(min(days, MOST_DAYS))]
    zone = clinic.zone
    begin, end = start_of_day(first, zone), start_of_day(dates[-1] + DAY, zone)
    visits = _visits(session, clinic, begin, end)
    due = _due(session, clinic, end, now=now)
    pumps = {one.pump_id: one.pump for one in visits}
    pumps |= {watch.pump_id: watch.pump for watch, _ in due if watch.pump_id and watch.pump}
    booked = [visit for _, visit in due if visit is not None]
    known = known_of(session, clinic, pumps, [*visits, *booked], now=now)
    return DayList(
        clinic=clinic.name,
        phone=clinic.phone,
        zone=zone,
        made_at=now,
        days=tuple(_day(clinic, on, visits, pumps, known) for on in dates),
        unbooked=tuple(
            line_of(clinic, watch.pump, visit, known, is_booked=False)
            for watch, visit in due
            if watch.pump is not None
        ),
    )


def _day(
    clinic: Clinic,
    on: date,
    visits: Sequence[Appointment],
    pumps: dict[int, Pump],
    known: Known,
) -> Day:
    mine = [one for one in visits if one.scheduled_at.astimezone(clinic.zone).date() == on]
    lines = (line_of(clinic, pumps[one.pump_id], one, known, is_booked=True) for one in mine)
    at_home = {one.pump.patient_id: one.pump.patient for one in mine if one.is_home}
    minutes = there_and_back(patient.travel_minutes for patient in at_home.values())
    return Day(on, _closed(clinic, on), tuple(lines), minutes)


def _closed(clinic: Clinic, on: date) -> str:
    if clinic_rules(clinic).open_days.is_open(on):
        return ""
    named: list[Closure] = [one for one in clinic.closures if one.closed_on == on]
    return f"closed: {named[0].name}" if named else "closed"


def _visits(
    session: Session, clinic: Clinic, begin: datetime, end: datetime
) -> list[Appointment]:
    pump = joinedload(Appointment.pump)
    asked = (
        sa.select(Appointment)
        .join(Pump, Pump.id == Appointment.pump_id)
        .where(
            Appointment.clinic_id == clinic.id,
            Pump.clinic_id == clinic.id,
            Appointment.state.in_(SHOWN),
            Appointment.scheduled_at >= begin,
            Appointment.scheduled_at < end,
        )
        .order_by(Appointment.scheduled_at, Pump.patient_id, Appointment.id)
        .options(pump.joinedload(Pump.patient), pump.joinedload(Pump.model))
    )
    return list(session.scalars(asked))


def _due(
    session: Session, clinic: Clinic, end: datetime, *, now: datetime
) -> list[tuple[Watch, Appointment | None]]:
    """Refills due before `end`, or on no known day, that no coming visit answers; worst first.

    No visit answers a refill of which no date is known.
    """
    pump = joinedload(Watch.pump)
    today = now.astimezone(clinic.zone).date()
    asked = (
        sa.select(Watch, Appointment)
        .outerjoin(Appointment, BOOKED_FOR_IT)
        .where(open_refills(clinic), sa.or_(Watch.danger_at.is_(None), Watch.danger_at < end))
        .order_by(Watch.danger_at.is_not(None), Watch.danger_at, Watch.id)
        .options(pump.joinedload(Pump.patient), pump.joinedload(Pump.model))
    )
    return [
        (watch, visit)
        for watch, visit in session.execute(asked)
        if visit is None
        or not is_in_time(visit.scheduled_at, watch.danger_at, today=today, zone=clinic.zone)
    ]
