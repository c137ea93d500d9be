"""What a row of a sheet meets in the clinic: the same record, or one that contradicts it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import start_of_day
from tracker.domain.errors import TrackerError
from tracker.domain.likeness import Named, plain_name, plain_number
from tracker.domain.sheet_record import SheetRecord
from tracker.domain.units import format_number
from tracker.models import Clinic, Patient, Programme, Pump, PumpModel, Refill
from tracker.services.in_force import in_force
from tracker.services.lookalikes import lookalikes
from tracker.services.pump_checks import with_serial


class Contradicted(TrackerError):
    """The clinic has something else on record; which is right, a person finds out."""

    code = "contradicted"


class ThereAlready(TrackerError):
    """The clinic has this very record."""

    code = "there_already"


@dataclass(frozen=True, slots=True)
class Present:
    """Whom and what of a row the clinic has already, and whom it is like."""

    patient: Patient | None
    pump: Pump | None
    model: PumpModel
    alike: tuple[str, ...] = ()


def present_of(session: Session, clinic: Clinic, record: SheetRecord) -> Present:
    """The patient and pump of a row. Raises Contradicted, ThereAlready."""
    model = session.scalars(sa.select(PumpModel).filter_by(code=record.pump.code)).one_or_none()
    if model is None:
        raise Contradicted(f"{record.pump.name} is not in this database: run flask upgrade")
    asked = sa.select(Patient).where(Patient.clinic_id == clinic.id, Patient.mrn == record.mrn)
    patient = session.scalar(asked)
    pump = with_serial(session, clinic.id, model, record.pump_serial)
    alike: tuple[str, ...] = ()
    if patient is not None:
        _check_patient(patient, record)
    elif pump is None:
        alike = tuple(_likeness(session, clinic, record))
    if pump is not None:
        _check_pump(pump, patient, model, record)
        _check_told(session, pump, record)
        _check_alarm(pump, record)
    return Present(patient, pump, model, alike)


def _check_patient(patient: Patient, record: SheetRecord) -> None:
    if patient.birth_on != record.birth_date:
        raise Contradicted(
            f"MRN {record.mrn} is on record with another date of birth,"
            f" {_said(patient.birth_on)}"
        )
    here = {plain_name(patient.family_name), plain_name(patient.given_name)}
    if here != {plain_name(record.family_name), plain_name(record.given_name)}:
        raise Contradicted(
            f"MRN {record.mrn} is on record as {patient.family_name}, {patient.given_name}"
        )


def _likeness(session: Session, clinic: Clinic, record: SheetRecord) -> Iterator[str]:
    """Who of this name was born on the same day: asked about, for both pumps are watched (H14).

    One number that lost its leading zeros is refused: that is one person with half the records.
    """
    wanted = Named(record.mrn, record.family_name, record.given_name, record.birth_date)
    names = {record.family_name.casefold(), record.given_name.casefold()}
    others = []
    for one in lookalikes(session, clinic, wanted):
        same_names = names == {one.family_name.casefold(), one.given_name.casefold()}
        same_number = plain_number(one.mrn) == plain_number(record.mrn)
        if one.birth_on == record.birth_date and same_number:
            raise Contradicted(_asked(one.family_name, one.given_name, one.mrn))
        if one.birth_on == record.birth_date and same_names:
            others.append(one.mrn)
    if others:
        yield _asked(record.family_name, record.given_name, ", ".join(others))


def _asked(family_name: str, given_name: str, mrn: str) -> str:
    return (
        f"{family_name}, {given_name}, born on the same day, is on record with MRN {mrn}:"
        " is this the same patient?"
    )


def _check_pump(
    pump: Pump, patient: Patient | None, model: PumpModel, record: SheetRecord
) -> None:
    if patient is None or pump.patient_id != patient.id:
        raise Contradicted(
            f"serial number {record.pump_serial} is on record for another patient,"
            f" {pump.patient.family_name}, {pump.patient.given_name}"
        )
    if pump.model_id != model.id:
        raise Contradicted(
            f"serial number {record.pump_serial} is on record as {pump.model.name}"
        )
    if pump.ended_at is not None:
        raise Contradicted(f"pump {record.pump_serial} has ended here: {pump.end_kind}")


def _check_told(session: Session, pump: Pump, record: SheetRecord) -> None:
    """Whether this refill was written down before, also where it was corrected since."""
    zone = pump.clinic.zone
    day = record.filled_at(zone).astimezone(zone).date()
    first, last = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
    here = (Refill.pump_id == pump.id, Refill.filled_at >= first, Refill.filled_at < last)
    rows = session.scalars(sa.select(Refill).where(*here).order_by(Refill.id)).all()
    counts = {one.id for one in session.scalars(in_force(Refill).where(*here))}
    alike = [one for one in rows if _is_same(one, record)]
    if any(one.id in counts for one in alike):
        _check_dose(session, next(one for one in alike if one.id in counts), record, day)
        raise ThereAlready("the clinic has this record already")
    if alike:
        raise ThereAlready("the clinic had this record already, and has corrected it since")
    if counts:
        raise Contradicted(f"the refill of {_said(day)} is on record with other values")


def _is_same(row: Refill, record: SheetRecord) -> bool:
    mine = [(one.drug.code, one.concentration_mcg_per_ml) for one in row.drugs]
    theirs = [(one.entry.code, one.concentration_mcg_ml) for one in record.drugs]
    return mine == theirs and row.instilled_volume_ml == record.volume_after_refill_ml


def _check_dose(session: Session, row: Refill, record: SheetRecord, day: date) -> None:
    asked = sa.select(Programme.dose_mcg_per_day).where(Programme.refill_id == row.id)
    doses = [one for one in session.scalars(asked) if one is not None]
    if doses and record.dose_mcg_day not in doses:
        raise Contradicted(
            f"the refill of {_said(day)} is on record with a dose of"
            f" {format_number(doses[-1])} mcg/day"
        )


def _check_alarm(pump: Pump, record: SheetRecord) -> None:
    said, here = record.alarm_volume_ml, pump.low_reservoir_alarm_ml
    if said is not None and said != here:
        raise Contradicted(
            f"the alarm volume is {format_number(here)} mL on record, and"
            f" {format_number(said)} mL in the sheet: correct the pump's details first"
        )


def _said(day: date | datetime) -> str:
    return f"{day.day} {day:%b %Y}"
