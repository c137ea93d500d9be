"""What is needed at three in the morning: the clinic's plan for a pump, and its facts."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.domain.risk import RiskClass
from tracker.models import Patient, Pump, Watch


class TooLong(TrackerError):
    code = "too_long"


@dataclass(frozen=True, slots=True)
class Plan:
    """The clinic's own words for a pump of this class; empty where it has written none."""

    risk_class: RiskClass
    text: str
    is_own: bool  # of the class; else the general one
    numbers: str
    red_flags: str


def risk_of_pump(session: Session, pump: Pump) -> RiskClass:
    """The withdrawal class of what is in the pump; unknown counts as the worst."""
    asked = sa.select(Watch.risk_class).where(Watch.open_key == pump.refill_watch_key)
    return session.scalar(asked) or RiskClass.CRITICAL


def plan_of(session: Session, pump: Pump) -> Plan:
    """The emergency plan that holds for this pump."""
    risk, clinic = risk_of_pump(session, pump), pump.clinic
    own: str = getattr(clinic, f"emergency_plan_{risk}")
    return Plan(
        risk, clinic.plan_for(risk), bool(own), clinic.emergency_numbers, clinic.red_flags
    )


def prepare(
    session: Session,
    patient: Patient,
    *,
    has_rescue_script: bool | None,
    programmer_hospital: str,
) -> None:
    """Write down what an emergency department will ask for; None is "not recorded"."""
    if len(programmer_hospital) > 200:
        raise TooLong("Use at most 200 characters.", field="programmer_hospital")
    patient.has_rescue_script = has_rescue_script
    patient.programmer_hospital = programmer_hospital.strip()
    session.flush()
