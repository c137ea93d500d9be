"""The lives of the invented patients: implants, refills, dose changes, mistakes and all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.demo.contacts import reached_by
from tracker.demo.people import FAMILY_NAMES, GIVEN_NAMES, RIVERSIDE
from tracker.demo.pumps import (
    BACLOFEN_40,
    BACLOFEN_III,
    COMMON,
    DAYS_LEFT,
    MORPHINE,
    ZICONOTIDE,
    Therapy,
)
from tracker.domain.errors import NeedsReason
from tracker.domain.infusion import Mode
from tracker.models import Clinic, Patient, Pump, PumpModel, Refill, Staff
from tracker.services.corrections import void
from tracker.services.patients import register_patient
from tracker.services.programmes import ProgrammeFacts, change_dose, offset_minutes
from tracker.services.pumps import implant_pump
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.refills import DrugFacts, RefillFacts, preview_refill, record_refill

DAY = timedelta(days=1)
RESIDUAL_SHIFT_ML = ("0.1", "-0.2", "0.0", "0.3", "-0.1", "0.2")
FAR_OFF_ML = {("1039", 4): "3.4"}  # found the day before: nobody has assessed it yet


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody writes down at an instant."""

    at: datetime
    order: int
    do: Callable[[], object]
    is_patient: bool = False


@dataclass(slots=True)
class Cast:
    """One clinic and who records there; `pumps` fills as the lives are lived."""

    session: Session
    clinic: Clinic
    nurse: Staff
    second: Staff  # who checks what the nurse records
    models: dict[str, PumpModel]
    pumps: dict[str, Pump] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, clinic: Clinic, nurse: Staff, second: Staff) -> "Cast":
        models = {row.code: row for row in session.scalars(sa.select(PumpModel))}
        return cls(session, clinic, nurse, second, models)


def lives(cast: Cast, begin: datetime) -> Iterator[Act]:
    """Every act of one clinic's patients up to `begin`."""
    riverside = cast.clinic.name == RIVERSIDE
    days_left = DAYS_LEFT if riverside else DAYS_LEFT[1::4]
    for number, left in enumerate(days_left):
        therapy = COMMON[number % len(COMMON)]
        yield from _refilled(cast, number, therapy, begin, left)
    yield from _special(cast, len(days_left), begin)


def _refilled(
    cast: Cast, number: int, therapy: Therapy, begin: datetime, left: int
) -> Iterator[Act]:
    """A patient whose refill-by lies `left` days after `begin`, after some ordinary cycles."""
    interval = _interval(cast, therapy)
    last_at = begin + (left - interval) * DAY + timedelta(hours=9 + number % 7, minutes=15)
    last_at = min(last_at, begin - timedelta(hours=14))
    cycles = 1 + number % 4
    first_at = last_at - cycles * (interval - 4) * DAY
    key = _key(cast, number)
    yield _arrival(cast, number, therapy, first_at - 9 * DAY, implanted=first_at - _age(number))
    for cycle in range(cycles + 1):
        at = last_at - (cycles - cycle) * (interval - 4) * DAY
        yield Act(at, 2, partial(_refill, cast, key, therapy, at, cycle))


def _interval(cast: Cast, therapy: Therapy) -> int:
    """About how many days a fill lasts until refill-by; the records then say exactly."""
    flow = (
        Decimal(therapy.fixed_flow)
        if therapy.fixed_flow
        else Decimal(therapy.dose or "0") / Decimal(therapy.drugs[0][1])
    )
    if therapy.patient_bolus:
        dose, most = therapy.patient_bolus
        flow += Decimal(dose) * most / Decimal(therapy.drugs[0][1])
    usable = Decimal(therapy.capacity_ml) - Decimal(therapy.alarm_ml)
    days = int(usable / flow) - cast.clinic.buffer_days
    limit = 180 if therapy.drugs[0][0] == "baclofen" else 84 if len(therapy.drugs) > 1 else 90
    return max(12, min(days, limit))


def _age(number: int) -> timedelta:
    return timedelta(days=200 + 61 * (number % 19))


def _arrival(
    cast: Cast, number: int, therapy: Therapy, at: datetime, *, implanted: datetime
) -> Act:
    act = partial(_arrive, cast, number, therapy, at, implanted.date())
    return Act(at, 1, act, is_patient=True)


def _key(cast: Cast, number: int) -> str:
    return f"{cast.clinic.id}{number:03d}"


def _arrive(
    cast: Cast, number: int, therapy: Therapy, at: datetime, implanted_on: date
) -> Pump:
    patient = _register(cast, number, at)
    pump = implant_pump(
        cast.session,
        patient,
        model=cast.models[therapy.model],
        serial=f"DEMO{_key(cast, number)}",
        implanted_on=implanted_on,
        reservoir_capacity_ml=Decimal(therapy.capacity_ml),
        low_reservoir_alarm_ml=Decimal(therapy.alarm_ml),
        dead_volume_ml=Decimal("0.3948"),
        fixed_flow_ml_per_day=Decimal(therapy.fixed_flow) if therapy.fixed_flow else None,
        purpose=therapy.purpose,
        owner=cast.nurse,
        by=cast.nurse,
        now=at,
    )
    cast.pumps[_key(cast, number)] = pump
    return pump


def _register(cast: Cast, number: int, at: datetime) -> Patient:
    given = GIVEN_NAMES[(number * 7 + cast.clinic.id) % len(GIVEN_NAMES)]
    family = FAMILY_NAMES[(number * 5 + 11 * cast.clinic.id) % len(FAMILY_NAMES)]
    return register_patient(
        cast.session,
        cast.clinic,
        mrn=f"{cast.clinic.id}0{number:04d}",
        family_name=family,
        given_name=given,
        birth_on=date(1941 + (number * 13) % 60, 1 + number % 12, 1 + (number * 5) % 28),
        contacts=reached_by(cast.clinic.name, _key(cast, number), number, f"{given} {family}"),
        risk_raised_because="previous withdrawal" if number % 11 == 4 else None,
        by=cast.nurse,
        now=at,
    )


def _refill(cast: Cast, key: str, therapy: Therapy, at: datetime, cycle: int) -> Refill:
    """Refill as a careful nurse does: measured, printed date compared, oddities explained."""
    pump = cast.pumps[key]
    facts = _facts(pump, therapy, at, cycle)
    preview = preview_refill(cast.session, pump, facts, now=at)
    residual = None
    if preview.expected_by_us_ml is not None:
        usual = RESIDUAL_SHIFT_ML[(cycle + int(key)) % len(RESIDUAL_SHIFT_ML)]
        shift = Decimal(FAR_OFF_ML.get((key, cycle), usual))
        residual = max(Decimal(0), round(preview.expected_by_us_ml, 1) + shift)
    low_at = preview.new and preview.new.low_at
    is_read = pump.fixed_flow_ml_per_day is None
    printed = low_at.astimezone(pump.clinic.zone).date() if low_at and is_read else None
    facts = _facts(pump, therapy, at, cycle, residual=residual, printed=printed)
    return _record(cast, pump, replace(facts, checked_by_id=cast.second.id), at)


def _record(cast: Cast, pump: Pump, facts: RefillFacts, at: datetime) -> Refill:
    now = at + timedelta(minutes=20)
    try:
        return record_refill(cast.session, pump, facts, by=cast.nurse, now=now)
    except NeedsReason as held:
        reason = f"Checked against the order with a colleague. {held.concerns[0]}"
        cast.session.rollback()
        return record_refill(cast.session, pump, facts, reason=reason, by=cast.nurse, now=now)


def _facts(
    pump: Pump,
    therapy: Therapy,
    at: datetime,
    cycle: int,
    *,
    residual: Decimal | None = None,
    printed: date | None = None,
) -> RefillFacts:
    return RefillFacts(
        filled_at=at,
        instilled_volume_ml=Decimal(therapy.capacity_ml),
        drugs=tuple(DrugFacts(code, Decimal(amount), False) for code, amount in therapy.drugs),
        actual_residual_volume_ml=residual,
        programme=_programme(pump, therapy, at) if cycle == 0 else None,
        is_first_fill=cycle == 0 and therapy is ZICONOTIDE,
        pharmacist_limit_days=Decimal(therapy.pharmacist_limit)
        if therapy.pharmacist_limit
        else None,
        lot=f"L{cycle + 1}{pump.id:04d}",
        printed_alarm_on=printed,
    )


def _programme(
    pump: Pump, therapy: Therapy, at: datetime, dose: str | None = None
) -> ProgrammeFacts | None:
    if therapy.dose is None:
        return None
    bolus, most = therapy.patient_bolus or (None, None)
    return ProgrammeFacts(
        effective_at=at,
        dose_mcg_per_day=Decimal(dose or therapy.dose),
        clock_offset_minutes=offset_minutes(at, pump),
        patient_bolus_mcg=Decimal(bolus) if bolus else None,
        patient_bolus_max_per_day=most,
    )


def _special(cast: Cast, number: int, begin: datetime) -> Iterator[Act]:
    """The states that an ordinary cycle doesn't show."""
    refilled_at = begin - 21 * DAY + timedelta(hours=11)
    for offset, therapy in enumerate(
        (ZICONOTIDE, BACLOFEN_40, BACLOFEN_III, MORPHINE, BACLOFEN_40)
    ):
        implanted = refilled_at - (2430 * DAY if offset == 3 else 500 * DAY)
        at = begin - 8 * DAY if offset == 0 else refilled_at
        yield _arrival(cast, number + offset, therapy, at - 3 * DAY, implanted=implanted)
        if offset != 4:  # that one was never refilled here: nothing can be computed
            key = _key(cast, number + offset)
            yield Act(at, 2, partial(_refill, cast, key, therapy, at, 0))
    keys = [_key(cast, number + offset) for offset in range(5)]
    yield _change(
        cast, keys[1], BACLOFEN_40, begin - 2 * DAY + timedelta(hours=10), Mode.STOPPED
    )
    yield _change(
        cast, keys[2], BACLOFEN_III, begin - 6 * DAY + timedelta(hours=13), Mode.SIMPLE
    )
    at = begin - 5 * DAY + timedelta(hours=9)
    yield Act(at, 3, partial(_interrogate, cast, keys[3], at))
    yield Act(at, 4, partial(_misread, cast, keys[2], at))


def _change(cast: Cast, key: str, therapy: Therapy, at: datetime, mode: Mode) -> Act:
    def change() -> None:
        pump = cast.pumps[key]
        raised = str(Decimal(therapy.dose or "0") * Decimal("1.1"))
        facts = _programme(pump, therapy, at, raised)
        if mode is Mode.STOPPED or facts is None:
            facts = ProgrammeFacts(
                effective_at=at, mode=Mode.STOPPED, note="stopped after a fall"
            )
        now = at + timedelta(minutes=5)
        change_dose(
            cast.session, pump, facts, reason="ordered by Dr Ito", by=cast.nurse, now=now
        )

    return Act(at, 3, change)


def _interrogate(cast: Cast, key: str, at: datetime) -> None:
    facts = ReadingFacts(
        read_at=at, battery_months=Decimal(2), note="replacement to be arranged"
    )
    record_interrogation(
        cast.session, cast.pumps[key], facts, by=cast.nurse, now=at + timedelta(minutes=10)
    )


def _misread(cast: Cast, key: str, at: datetime) -> None:
    """A reading whose date doesn't fit the records, and one that was struck out."""
    pump = cast.pumps[key]
    wrong = ReadingFacts(read_at=at, reservoir_volume_ml=Decimal("31.0"))
    row = record_interrogation(cast.session, pump, wrong, by=cast.nurse, now=at)
    later = at + timedelta(minutes=30)
    void(
        cast.session,
        row,
        reason="read from another patient's printout",
        by=cast.nurse,
        now=later,
    )
    soon = ReadingFacts(read_at=at, printed_alarm_on=(at + 41 * DAY).date())
    record_interrogation(cast.session, pump, soon, by=cast.nurse, now=later)
