"""Implanting a pump, and ending it with evidence."""

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import (
    InTheFuture,
    NegativeQuantity,
    TrackerError,
    VolumeAboveCapacity,
)
from tracker.domain.infusion import Mode
from tracker.models import Membership, Patient, Programme, Pump, PumpEnd, PumpModel, Staff
from tracker.services.outlooks import model_facts
from tracker.services.versions import take_version
from tracker.services.watches import Evidence, close_all, reproject


class AlreadyImplanted(TrackerError):
    code = "already_implanted"


class NotAMember(TrackerError):
    code = "not_a_member"


class NoFlow(TrackerError):
    code = "no_flow"


class NoEvidence(TrackerError):
    code = "no_evidence"


class AlreadyEnded(TrackerError):
    code = "already_ended"


def implant_pump(
    session: Session,
    patient: Patient,
    *,
    model: PumpModel,
    serial: str,
    implanted_on: date,
    reservoir_capacity_ml: Decimal,
    low_reservoir_alarm_ml: Decimal,
    dead_volume_ml: Decimal | None = None,
    fixed_flow_ml_per_day: Decimal | None = None,
    purpose: str = "",
    owner: Staff,
    by: Staff,
    now: datetime,
) -> Pump:
    """Write down an implanted pump and open its watches; it is covered from this moment."""
    pump = Pump(
        clinic=patient.clinic,
        patient=patient,
        model=model,
        serial=serial,
        implanted_on=implanted_on,
        purpose=purpose,
        reservoir_capacity_ml=reservoir_capacity_ml,
        low_reservoir_alarm_ml=low_reservoir_alarm_ml,
        dead_volume_ml=dead_volume_ml,
        fixed_flow_ml_per_day=fixed_flow_ml_per_day,
        owner=owner,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    with session.no_autoflush:
        pump.has_battery = model_facts(pump).has_battery
        _check(session, pump, now)
    session.add(pump)
    session.flush()
    if fixed_flow_ml_per_day is not None:
        session.add(_fixed_programme(pump, fixed_flow_ml_per_day, by, now))
    reproject(session, pump, because=Evidence("pump", pump.id), now=now)
    return pump


def _fixed_programme(pump: Pump, flow: Decimal, by: Staff, now: datetime) -> Programme:
    """A gas-driven pump runs at the flow it was made with, from the day it was implanted."""
    implanted_at = datetime.combine(
        pump.implanted_on, datetime.min.time(), tzinfo=pump.clinic.zone
    )
    return Programme(
        pump=pump,
        effective_at=implanted_at,
        mode=Mode.FIXED_FLOW,
        flow_ml_per_day=flow,
        steps=[],
        note="flow set by the maker",
        recorded_at=now,
        recorded_by_id=by.id,
    )


def _check(session: Session, pump: Pump, now: datetime) -> None:
    if pump.implanted_on > now.astimezone(pump.clinic.zone).date():
        raise InTheFuture("The implant date lies in the future.", field="implanted_on")
    if pump.implanted_on < pump.patient.birth_on:
        raise InTheFuture("The implant date lies before the birth date.", field="implanted_on")
    if pump.reservoir_capacity_ml <= 0:
        raise NegativeQuantity("Enter the reservoir's size.", field="reservoir_capacity_ml")
    if not 0 <= pump.low_reservoir_alarm_ml < pump.reservoir_capacity_ml:
        raise VolumeAboveCapacity(
            "The alarm volume must be less than the reservoir holds.",
            field="low_reservoir_alarm_ml",
        )
    _check_flow(pump)
    _check_serial(session, pump)
    if not is_member(session, pump.owner, pump.clinic.id):
        raise NotAMember(f"{pump.owner.name} does not work in this clinic.", field="owner")


def _check_flow(pump: Pump) -> None:
    programmable = model_facts(pump).is_programmable
    flow = pump.fixed_flow_ml_per_day
    if not programmable and flow is None:
        raise NoFlow(
            "This model runs at a fixed flow: enter it in mL/day.",
            field="fixed_flow_ml_per_day",
        )
    if programmable and flow is not None:
        raise NoFlow(
            "This model is programmed: leave the fixed flow empty.",
            field="fixed_flow_ml_per_day",
        )
    if flow is not None and flow <= 0:
        raise NegativeQuantity("The flow must be above zero.", field="fixed_flow_ml_per_day")


def _check_serial(session: Session, pump: Pump) -> None:
    same = session.scalar(
        sa.select(Pump).where(
            Pump.clinic_id == pump.clinic.id,
            Pump.model_id == pump.model.id,
            Pump.serial == pump.serial,
        )
    )
    if same is not None:
        raise AlreadyImplanted(
            f"Serial number {pump.serial} is already recorded for"
            f" {same.patient.family_name}, {same.patient.given_name}.",
            field="serial",
        )


def is_member(session: Session, staff: Staff, clinic_id: int) -> bool:
    """Whether `staff` works in the clinic and has not left."""
    found = sa.select(Membership.id).where(
        Membership.staff_id == staff.id, Membership.clinic_id == clinic_id
    )
    return staff.left_at is None and session.scalar(found) is not None


def end_pump(
    session: Session,
    pump: Pump,
    *,
    kind: PumpEnd,
    note: str,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> None:
    """End a pump's watches with evidence: explant, replacement, death, accepted transfer.

    The first end stands: a second one would overwrite what was known of it.
    """
    if not note.strip():
        raise NoEvidence("Say what shows that this pump's danger is over.", field="note")
    take_version(session, pump, seen_version)
    if pump.ended_at is not None:
        raise AlreadyEnded(
            "This pump has ended already; what was recorded of its end stays.", field="kind"
        )
    pump.ended_at, pump.end_kind, pump.end_note = now, kind, note.strip()
    pump.ended_by_id = by.id
    close_all(session, pump, evidence=Evidence(str(kind), pump.id), now=now)
    session.flush()
