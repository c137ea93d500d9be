"""The lines of the day list: a pump each, in words for the nurse who prepares it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.day_list import Line
from tracker.domain.languages import name_of
from tracker.domain.orders import OrderState, SupplyTask
from tracker.domain.risk import RiskClass
from tracker.domain.units import format_number
from tracker.domain.urgency import is_late
from tracker.domain.visit import Transport, VisitState
from tracker.domain.wording import write_day
from tracker.models import (
    Appointment,
    Clinic,
    DeviceAlarm,
    Pump,
    Refill,
    Staff,
    VisitArrangement,
    Watch,
)
from tracker.services.arrangements import arrangements_of
from tracker.services.at_once import alarm_name
from tracker.services.charts import Chart, charts_of
from tracker.services.emergency_entries import ALARMS, AT_ANY_DATE, REASONS, numbers_of
from tracker.services.in_force import newest_of_pump
from tracker.services.residuals import measured_refills
from tracker.services.supply_lists import OrderLine, Supplied, supplied

NOT_RECORDED = "not recorded"
ASKING = {*AT_ANY_DATE, WatchKind.INTERROGATION} - {*ALARMS}


@dataclass(frozen=True, slots=True)
class Known:
    """What stands beside the pumps of a list, by pump, by patient and by visit."""

    watches: dict[int, list[Watch]]
    alarm_names: dict[int, str]  # by watch
    charts: dict[int, Chart]
    last: dict[int, Refill | None]
    supplied: dict[int, Supplied]
    phones: dict[int, tuple[str, ...]]  # by patient
    arranged: dict[int, VisitArrangement]  # by visit
    checkers: dict[int, str]  # by number of the staff
    now: datetime


def known_of(
    session: Session,
    clinic: Clinic,
    pumps: dict[int, Pump],
    visits: Sequence[Appointment],
    *,
    now: datetime,
) -> Known:
    """Looked up once for the whole list; what hangs on records, pump by pump."""
    watches = _watches(session, pumps)
    last = {one: _last(session, one) for one in pumps}
    people = {one.checked_by_id for one in last.values() if one and one.checked_by_id}
    named = session.execute(sa.select(Staff.id, Staff.name).where(Staff.id.in_(people)))
    numbers = numbers_of(session, {one.patient_id for one in pumps.values()})
    return Known(
        watches=watches,
        alarm_names=_alarm_names(session, watches),
        charts=charts_of(session, list(pumps)),
        last=last,
        supplied={one.id: supplied(session, one, now=now) for one in pumps.values()},
        phones={
            patient: tuple(f"{n.whose}: {n.address} {n.note}".strip() for n in found)
            for patient, found in numbers.items()
        },
        arranged=arrangements_of(session, [one.id for one in visits]),
        checkers={number: name for number, name in named},
        now=now,
    )


def _watches(session: Session, pumps: dict[int, Pump]) -> dict[int, list[Watch]]:
    asked = sa.select(Watch).where(Watch.pump_id.in_(pumps), Watch.closed_at.is_(None))
    found: dict[int, list[Watch]] = {}
    for watch in session.scalars(asked.order_by(Watch.id)):
        found.setdefault(watch.pump_id or 0, []).append(watch)
    return found


def _alarm_names(session: Session, watches: dict[int, list[Watch]]) -> dict[int, str]:
    by_alarm = {w.alarm_id: w.id for some in watches.values() for w in some if w.alarm_id}
    asked = sa.select(DeviceAlarm.id, DeviceAlarm.code).where(DeviceAlarm.id.in_(by_alarm))
    return {by_alarm[number]: alarm_name(code) for number, code in session.execute(asked)}


def _last(session: Session, pump_id: int) -> Refill | None:
    found: Refill | None = session.scalar(newest_of_pump(Refill), {"pump_id": pump_id})
    return found


def line_of(
    clinic: Clinic, pump: Pump, visit: Appointment | None, known: Known, *, is_booked: bool
) -> Line:
    """One pump in words; `is_booked` False for one on the list of those without a visit."""
    patient, last = pump.patient, known.last[pump.id]
    watches = known.watches.get(pump.id, [])
    refill = next((one for one in watches if one.kind is WatchKind.REFILL), None)
    danger_at = refill.danger_at if refill else None
    arranged = known.arranged.get(visit.id) if visit else None
    supply, is_wrong = _supply(known.supplied[pump.id])
    return Line(
        pump_id=pump.id,
        at=visit.scheduled_at if visit and is_booked else None,
        where="at home" if visit and visit.is_home else "in the clinic",
        patient=f"{patient.family_name}, {patient.given_name}",
        mrn=patient.mrn,
        born_on=patient.birth_on,
        phones=known.phones.get(patient.id, ()),
        pump=f"{pump.model.name}, serial {pump.serial}",
        purpose=pump.purpose or "",
        others=tuple(
            f"Has another pump: {one.serial}{f', for {one.purpose}' if one.purpose else ''}"
            for one in patient.pumps
            if one.id != pump.id and one.ended_at is None
        ),
        drugs=_drugs(last),
        volume=_volume(known.supplied[pump.id], last),
        supply=supply,
        is_supply_wrong=is_wrong,
        kit=(last.needle_kit if last else "") or NOT_RECORDED,
        alarms=tuple(_alarms(watches, known)),
        residual=_residual(clinic, known.charts[pump.id]),
        risk=refill.risk_class if refill else RiskClass.CRITICAL,
        refill_by_on=_day(clinic, danger_at) if danger_at else None,
        is_late=refill is not None and (danger_at is None or is_late(danger_at, now=known.now)),
        visit=_visit(clinic, visit, danger_at, is_booked=is_booked),
        is_sure=visit is not None and visit.confirmed_at is not None,
        transport=_transport(arranged),
        is_transport_missing=arranged is not None and arranged.transport is Transport.NEEDED,
        interpreter=_interpreter(clinic, pump, arranged),
        is_interpreter_missing=bool(
            arranged and arranged.interpreter and not arranged.is_interpreter_booked
        ),
        checked_by=_checked_by(last, known),
        notes=tuple(one for one in (patient.note, arranged.note if arranged else "") if one),
    )


def _drugs(last: Refill | None) -> tuple[str, ...]:
    if last is None:
        return ("no fill on record",)
    return tuple(
        f"{one.drug.name} {_strength(one.concentration_mcg_per_ml)}" for one in last.drugs
    )


def _strength(mcg_per_ml: Decimal) -> str:
    """In both units, so that a label in either can be held against it."""
    mg = mcg_per_ml / 1000
    return f"{format_number(mcg_per_ml)} mcg/mL ({format_number(mg)} mg/mL)"


def _volume(found: Supplied, last: Refill | None) -> str:
    for line in found.lines:
        if line.is_ready:
            return f"{format_number(line.order.volume_ml)} mL (as ordered)"
    if last is None:
        return NOT_RECORDED
    return f"{format_number(last.instilled_volume_ml)} mL (as last filled)"


def _supply(found: Supplied) -> tuple[str, bool]:
    """How it stands with the drug, and whether that is wrong."""
    state = {OrderState.ARRIVED: _here, OrderState.ORDERED: _coming}
    lines = [one for one in found.lines if one.order.state in state]
    ready = [one for one in lines if one.is_ready]
    if ready:
        return _here(ready[0]), False
    if lines:
        return "; ".join(state[one.order.state](one) for one in lines), True
    if WatchKind.ORDER in found.watches:
        return "not ordered", True
    if SupplyTask.ORDER in found.reasons:
        return f"no order: {found.reasons[SupplyTask.ORDER].reason}", False
    return "no order on record", False


def _here(line: OrderLine) -> str:
    arrival = line.order.arrival
    lot = f", lot {arrival.lot}" if arrival else ""
    if line.problems:
        return f"order {line.order.id} here{lot}, can't be used: {' '.join(line.problems)}"
    if line.too_little:
        return f"order {line.order.id} here{lot}, too little alone: {line.too_little}"
    until = arrival.beyond_use_on or arrival.expires_on if arrival else None
    return f"order {line.order.id} here{lot}{f', until {write_day(until)}' if until else ''}"


def _coming(line: OrderLine) -> str:
    on = line.order.expected_on
    return (
        f"order {line.order.id} not here yet{f', promised for {write_day(on)}' if on else ''}"
    )


def _alarms(watches: Sequence[Watch], known: Known) -> list[str]:
    found = []
    for watch in watches:
        if watch.id in known.alarm_names:
            found.append(f"alarm: {known.alarm_names[watch.id]}")
        elif watch.kind in ASKING:
            found.append(REASONS[watch.kind])
    return found


def _residual(clinic: Clinic, chart: Chart) -> str:
    measured = measured_refills(chart, newest=1)
    if not measured:
        return "none can be compared"
    one = measured[-1]
    tenths = Decimal("0.1")
    off = format_number(one.residual.discrepancy_ml.quantize(tenths))
    sign = "+" if one.residual.discrepancy_ml > 0 else ""
    got = format_number(one.residual.measured_ml.quantize(tenths))
    expected = format_number(one.residual.expected_ml.quantize(tenths))
    day = write_day(_day(clinic, one.filled_at))
    return f"{sign}{off} mL on {day}: {got} measured, {expected} expected"


def _visit(
    clinic: Clinic, visit: Appointment | None, danger_at: datetime | None, *, is_booked: bool
) -> str:
    if visit is None:
        return "no visit is booked"
    if visit.state is VisitState.KEPT:
        return "came"
    local = visit.scheduled_at.astimezone(clinic.zone)
    if not is_booked:
        late = danger_at is not None and visit.scheduled_at > danger_at
        what = "after refill-by" if late else "and nobody has said what became of it"
        return f"visit {write_day(local.date())} {local:%H:%M}, {what}"
    said = f"confirmed {visit.confirmed_how}" if visit.confirmed_at else "not confirmed"
    is_late = danger_at is not None and visit.scheduled_at > danger_at
    return f"{said}; after refill-by" if is_late else said


def _transport(arranged: VisitArrangement | None) -> str:
    if arranged is None or arranged.transport is Transport.NOT_ASKED:
        return "not asked"
    if arranged.transport is Transport.OWN:
        return "comes by themselves"
    if arranged.transport is Transport.NEEDED:
        return "needed, and not arranged"
    return f"arranged: {arranged.transport_by}"


def _interpreter(clinic: Clinic, pump: Pump, arranged: VisitArrangement | None) -> str:
    if arranged and arranged.interpreter:
        booked = "booked" if arranged.is_interpreter_booked else "not booked"
        return f"{arranged.interpreter}: {booked}"
    language = pump.patient.language
    if language and language != clinic.language:
        return f"reads {name_of(language)}: ask"
    return "none asked for" if arranged else "not asked"


def _checked_by(last: Refill | None, known: Known) -> str:
    if last is None:
        return NOT_RECORDED
    if last.checked_by_id:
        return known.checkers.get(last.checked_by_id, NOT_RECORDED)
    return last.checked_by or NOT_RECORDED


def _day(clinic: Clinic, at: datetime) -> date:
    return at.astimezone(clinic.zone).date()
