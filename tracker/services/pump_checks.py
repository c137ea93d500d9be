"""What is written down of an implanted pump, and what of it can't be."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import (
    InTheFuture,
    NegativeQuantity,
    TrackerError,
    VolumeAboveCapacity,
)
from tracker.domain.recall import plain_serial
from tracker.domain.units import Quantity, format_quantity
from tracker.models import Membership, Patient, Pump, PumpModel, Staff
from tracker.services.catalogues import entry_of


class AlreadyImplanted(TrackerError):
    code = "already_implanted"


class NotAMember(TrackerError):
    code = "not_a_member"


class NoFlow(TrackerError):
    code = "no_flow"


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpDetails:
    """An implanted pump as its papers and its programmer state it.

    Where the day of the implant is not known, `implanted_on` is one on which it was in place.
    """

    serial: str
    implanted_on: date
    is_implant_day_known: bool = True
    reservoir_capacity_ml: Decimal
    low_reservoir_alarm_ml: Decimal
    dead_volume_ml: Decimal | None = None
    fixed_flow_ml_per_day: Decimal | None = None
    purpose: str = ""
    owner: Staff

    def as_json(self) -> dict[str, Any]:
        """Each detail by its name, in words that stay as they are."""
        apart = ("owner", "is_implant_day_known")
        kept = {name: getattr(self, name) for name in self.__slots__ if name not in apart}
        if not self.is_implant_day_known:
            kept["implanted_on"] = None
        words = {
            name: value if value is None else _plain(value) for name, value in kept.items()
        }
        return {**words, "owner": self.owner.name, "owner_id": self.owner.id}


def details_of(pump: Pump) -> PumpDetails:
    """What is on record of a pump now."""
    return PumpDetails(**{name: getattr(pump, name) for name in PumpDetails.__slots__})


def _plain(value: str | date | Decimal) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def check_details(
    session: Session,
    patient: Patient,
    model: PumpModel,
    details: PumpDetails,
    *,
    pump: Pump | None = None,
    now: datetime,
) -> None:
    """Refuse what can't be true of a pump of this model, beside its field.

    `pump` is the one that is corrected, whose own serial number is no other's.
    """
    if details.implanted_on > now.astimezone(patient.clinic.zone).date():
        raise InTheFuture("The implant date lies in the future.", field="implanted_on")
    if details.implanted_on < patient.birth_on:
        raise InTheFuture("The implant date lies before the birth date.", field="implanted_on")
    _check_volumes(model, details)
    _check_flow(model, details)
    _check_serial(session, patient, model, details, pump)
    if not is_member(session, details.owner, patient.clinic.id):
        raise NotAMember(f"{details.owner.name} does not work in this clinic.", field="owner")


def _check_volumes(model: PumpModel, details: PumpDetails) -> None:
    capacity, holds = details.reservoir_capacity_ml, entry_of(model).reservoir_capacity_ml
    if capacity <= 0:
        raise NegativeQuantity("Enter the reservoir's size.", field="reservoir_capacity_ml")
    if capacity > holds:
        raise VolumeAboveCapacity(
            f"{format_quantity(capacity, Quantity.VOLUME)} is more than this model's reservoir"
            f" holds: {format_quantity(holds, Quantity.VOLUME)}.",
            field="reservoir_capacity_ml",
        )
    if not 0 <= details.low_reservoir_alarm_ml < capacity:
        raise VolumeAboveCapacity(
            "The alarm volume must be less than the reservoir holds.",
            field="low_reservoir_alarm_ml",
        )
    _check_tubing(details)


def _check_tubing(details: PumpDetails) -> None:
    dead = details.dead_volume_ml
    if dead is not None and dead < 0:
        raise NegativeQuantity("A volume can't be less than zero.", field="dead_volume_ml")
    if dead is not None and dead >= details.reservoir_capacity_ml:
        raise VolumeAboveCapacity(
            "Tubing and catheter hold less than the reservoir does.", field="dead_volume_ml"
        )


def _check_flow(model: PumpModel, details: PumpDetails) -> None:
    programmable, flow = entry_of(model).is_programmable, details.fixed_flow_ml_per_day
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


def _check_serial(
    session: Session,
    patient: Patient,
    model: PumpModel,
    details: PumpDetails,
    pump: Pump | None,
) -> None:
    """Refuse a number that the clinic has for another pump, however it is written."""
    same = with_serial(session, patient.clinic.id, model, details.serial, besides=pump)
    if same is not None:
        raise AlreadyImplanted(
            f"Serial number {same.serial} is already recorded for"
            f" {same.patient.family_name}, {same.patient.given_name}.",
            field="serial",
        )


def with_serial(
    session: Session,
    clinic_id: int,
    model: PumpModel,
    serial: str,
    *,
    besides: Pump | None = None,
) -> Pump | None:
    """The clinic's pump of this maker that has the number, without regard to what groups it.

    Of the maker and not of the model: the same pump under a wrong model is the same pump.
    """
    kept: Any = sa.func.upper(Pump.serial)
    for between in " -./_":
        kept = sa.func.replace(kept, between, "")
    asked = sa.select(Pump).where(Pump.clinic_id == clinic_id, kept == plain_serial(serial))
    maker = entry_of(model).maker
    same = (one for one in session.scalars(asked) if entry_of(one.model).maker == maker)
    return next((one for one in same if one is not besides), None)


def is_member(session: Session, staff: Staff, clinic_id: int) -> bool:
    """Whether `staff` works in the clinic and has not left."""
    found = sa.select(Membership.id).where(
        Membership.staff_id == staff.id, Membership.clinic_id == clinic_id
    )
    return staff.left_at is None and session.scalar(found) is not None
