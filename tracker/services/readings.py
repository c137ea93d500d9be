"""Recording an interrogation: what the programmer stated."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import (
    InTheFuture,
    NegativeQuantity,
    NoProgrammer,
    OutOfRange,
    VolumeAboveCapacity,
)
from tracker.domain.events import MotorState
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Pump, Reading, Staff
from tracker.services.alarm_reopenings import keep_the_day, look_again
from tracker.services.corrections import check_correctable
from tracker.services.in_force import in_force
from tracker.services.versions import take_version
from tracker.services.watches import reproject

LONGEST_BATTERY_MONTHS = 1200  # more is a slip of the fingers, and leaves the calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingFacts:
    """An interrogation as entered; None is "not stated", never zero.

    `is_programme_changed`: whether somebody has set it otherwise since the last record of ours.
    """

    read_at: datetime
    reservoir_volume_ml: Decimal | None = None
    printed_alarm_on: date | None = None
    battery_months: Decimal | None = None
    eri_on: date | None = None
    clock_difference_minutes: int | None = None
    motor: MotorState | None = None
    is_programme_changed: bool | None = None
    note: str = ""


def record_interrogation(
    session: Session,
    pump: Pump,
    facts: ReadingFacts,
    *,
    reason: str = "",
    seen_version: int | None = None,
    replaces: Reading | None = None,
    by: Staff,
    now: datetime,
) -> Reading:
    """Write down what the programmer stated, and compare its dates with ours.

    With `replaces` it corrects an earlier row, which stays.
    """
    check_reading(pump, facts, now=now)
    take_version(session, pump, seen_version)
    if replaces is not None:
        check_correctable(session, replaces, reason)
        keep_the_day(session, replaces, instead=facts.eri_on)
    row = Reading(**{name: getattr(facts, name) for name in facts.__slots__})
    row.pump, row.reason = pump, reason.strip()
    row.recorded_at, row.recorded_by_id = now, by.id
    row.replaces_id = replaces.id if replaces else None
    session.add(row)
    session.flush()
    if replaces is not None:
        look_again(session, replaces, instead=row, now=now)
    reproject(session, pump, because=Evidence(EvidenceKind.READING, row.id), now=now)
    return row


def lacks_estimate(session: Session, pump: Pump) -> bool:
    """Whether no interrogation on record says how long this pump's battery will last (H28)."""
    if not pump.has_battery:
        return False
    said = sa.or_(Reading.battery_months.is_not(None), Reading.eri_on.is_not(None))
    asked = in_force(Reading).where(Reading.pump_id == pump.id, said).limit(1)
    return session.scalar(asked) is None


def check_reading(pump: Pump, facts: ReadingFacts, *, now: datetime) -> None:
    """Refuse what can't be true, with the field it stands in."""
    if pump.fixed_flow_ml_per_day is not None:
        raise NoProgrammer(
            "This pump has a fixed flow and nothing that could be interrogated: record what was"
            " found as a refill or as an event.",
            field="read_at",
        )
    _check_battery(pump, facts)
    if facts.read_at > now:
        raise InTheFuture("The interrogation lies in the future.", field="read_at")
    today = now.astimezone(pump.clinic.zone).date()
    if facts.eri_on is not None and facts.eri_on > today:
        raise InTheFuture(
            "The replacement indicator is a date that has been reached, not one to come.",
            field="eri_on",
        )
    if facts.battery_months is not None and facts.battery_months > LONGEST_BATTERY_MONTHS:
        raise OutOfRange("No battery lasts a hundred years.", field="battery_months")
    volume = facts.reservoir_volume_ml
    for name in ("reservoir_volume_ml", "battery_months"):
        amount = getattr(facts, name)
        if amount is not None and amount < 0:
            raise NegativeQuantity("This can't be less than zero.", field=name)
    if volume is not None and volume > pump.reservoir_capacity_ml:
        raise VolumeAboveCapacity(
            f"{volume:f} mL do not fit a {pump.reservoir_capacity_ml:f} mL reservoir.",
            field="reservoir_volume_ml",
        )


def _check_battery(pump: Pump, facts: ReadingFacts) -> None:
    if pump.has_battery:
        return
    for name in ("battery_months", "eri_on"):
        if getattr(facts, name) is not None:
            raise NoProgrammer("This pump has no battery: leave it empty.", field=name)
