"""The pumps that want a visit, and what is asked of a day for each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import start_of_day
from tracker.domain.plan_words import OUTSIDE, short_day
from tracker.domain.planning import DAY, Due, Span
from tracker.domain.risk import SEVERITY, RiskClass
from tracker.domain.travel import way_of
from tracker.domain.visit import is_in_time
from tracker.models import Appointment, Away, Clinic, Patient, Pump, Watch
from tracker.services.bookings import BOOKED_FOR_IT, open_refills

# Ours: within so many days the pumps of one patient are refilled at one visit.
TOGETHER = timedelta(days=14)
FIRST_HOUR, LAST_HOUR, USUAL_HOUR = time(8), time(16), time(10)  # ours: when a visit begins


@dataclass(frozen=True, slots=True)
class Wanted:
    """One pump whose refill is due, as the plan's page shows it."""

    pump_id: int
    patient_id: int
    serial: str
    family_name: str
    given_name: str
    mrn: str
    drugs: str
    risk_class: RiskClass
    refill_by_at: datetime | None
    filled_at: datetime | None
    visit_at: datetime | None
    is_visit_home: bool | None
    is_seen_at_home: bool
    travel_minutes: int | None
    best_weekdays: str


def due_of(
    group: Sequence[Wanted],
    clinic: Clinic,
    *,
    away: Iterable[Away] = (),
    drug_from: date | None = None,
    today: date,
) -> Due:
    """The visit that these pumps of one patient ask for."""
    first = group[0]
    hour = usual_hour(first, clinic)
    return Due(
        key=first.pump_id,
        last_on=min(last_on(one, clinic, hour) for one in group),
        earliest_on=max(today + DAY, *(_half_way(one, clinic) for one in group)),
        rank=min(SEVERITY.index(one.risk_class) for one in group),
        away=tuple(Span(one.first_on, one.last_on) for one in away),
        is_home=first.is_seen_at_home,
        way_minutes=way_of(first.travel_minutes, is_home=first.is_seen_at_home),
        drug_from=drug_from,
        best_weekdays=frozenset(int(day) for day in first.best_weekdays),
        refill_by_on=min(refill_by_on(one, clinic) for one in group),
    )


def together(pumps: Sequence[Wanted]) -> list[tuple[Wanted, ...]]:
    """The pumps by visit: those of one patient that are due within two weeks come together."""
    groups: list[tuple[Wanted, ...]] = []
    for one in pumps:  # by refill-by
        mine = next(
            (
                group
                for group in groups
                if group[0].patient_id == one.patient_id and _is_near(group[0], one)
            ),
            None,
        )
        if mine is None:
            groups.append((one,))
        else:
            groups[groups.index(mine)] = (*mine, one)
    return groups


def wanted_pumps(session: Session, clinic: Clinic, *, until: date, most: int) -> list[Wanted]:
    """The watched pumps that are due until a day, by refill-by; first what has no date."""
    end = start_of_day(until + DAY, clinic.zone)
    asked: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            Pump.id,
            Pump.patient_id,
            Pump.serial,
            Patient.family_name,
            Patient.given_name,
            Patient.mrn,
            Watch.drugs,
            Watch.risk_class,
            Watch.danger_at,
            Watch.counts_from_at,
            Appointment.scheduled_at,
            Appointment.is_home,
            Patient.is_seen_at_home,
            Patient.travel_minutes,
            Patient.best_weekdays,
        )
        .select_from(Watch)
        .join(Pump, Pump.id == Watch.pump_id)
        .join(Patient, Patient.id == Pump.patient_id)
        .outerjoin(Appointment, BOOKED_FOR_IT)
        .where(open_refills(clinic), sa.or_(Watch.danger_at.is_(None), Watch.danger_at < end))
        .order_by(Watch.danger_at.is_not(None), Watch.danger_at, Pump.id)
        .limit(most)
    )
    return [Wanted(*row) for row in session.execute(asked)]


def due_later(session: Session, clinic: Clinic, *, after: date) -> int:
    """How many watched pumps are due after a day."""
    end = start_of_day(after + DAY, clinic.zone)
    asked = sa.select(sa.func.count()).where(open_refills(clinic), Watch.danger_at >= end)
    return session.scalar(asked) or 0


def usual_hour(pump: Wanted, clinic: Clinic) -> time:
    """The hour of the last refill, at the half hour before; else ten o'clock."""
    if pump.filled_at is None:
        return USUAL_HOUR
    local = pump.filled_at.astimezone(clinic.zone)
    hour = time(local.hour, 30 if local.minute >= 30 else 0)
    return hour if FIRST_HOUR <= hour <= LAST_HOUR else USUAL_HOUR


def refill_by_on(pump: Wanted, clinic: Clinic) -> date:
    at = pump.refill_by_at
    return date.min if at is None else at.astimezone(clinic.zone).date()


def last_on(pump: Wanted, clinic: Clinic, hour: time) -> date:
    """The last day on which a visit at this hour comes before refill-by."""
    assert pump.refill_by_at is not None  # others are outside the plan
    local = pump.refill_by_at.astimezone(clinic.zone)
    return local.date() if hour <= local.time() else local.date() - DAY


def _half_way(pump: Wanted, clinic: Clinic) -> date:
    """The day by which half of the time from the filling to refill-by is over."""
    if pump.filled_at is None or pump.refill_by_at is None:
        return date.min
    half = pump.filled_at + (pump.refill_by_at - pump.filled_at) / 2
    return half.astimezone(clinic.zone).date()


def outside(pump: Wanted, clinic: Clinic, today: date) -> str:
    """Why no plan helps this pump; nothing where one can."""
    if pump.refill_by_at is None:
        return "no refill-by can be worked out: a record is missing"
    on = refill_by_on(pump, clinic)
    if on <= today:
        return f"{'late since' if on < today else 'due'} {short_day(on)}: {OUTSIDE}"
    if pump.visit_at is not None:
        visit_on = pump.visit_at.astimezone(clinic.zone).date()
        booked = short_day(visit_on)
        if visit_on < today:
            return f"booked for {booked}, and nobody has said what became of that visit"
        return f"booked for {booked}, after refill-by {short_day(on)}: move that visit"
    return ""


def is_answered(pump: Wanted, clinic: Clinic, today: date) -> bool:
    """Whether a visit is booked that comes in time; it stays as it is."""
    return is_in_time(pump.visit_at, pump.refill_by_at, today=today, zone=clinic.zone)


def _is_near(first: Wanted, other: Wanted) -> bool:
    mine, theirs = first.refill_by_at, other.refill_by_at
    if mine is None or theirs is None or first.visit_at or other.visit_at:
        return False
    return theirs - mine <= TOGETHER
