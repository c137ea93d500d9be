"""Withdrawal risk class: how fast and how badly a patient is hurt when the drug stops."""

from collections.abc import Iterable
from enum import StrEnum


class RiskClass(StrEnum):
    """DOMAIN 3.2; ordered from worst to least by `SEVERITY`."""

    CRITICAL = "critical"
    HIGH = "high"
    LOW = "low"


SEVERITY = (RiskClass.CRITICAL, RiskClass.HIGH, RiskClass.LOW)


def risk_of(classes: Iterable[RiskClass], *, raised: bool) -> RiskClass:
    """The highest class of any component, never an average; one step higher where `raised`.

    No component at all (saline) is LOW. `raised` is the patient's flag: injury at T6 or above,
    cannot communicate, previous withdrawal, heart disease.
    """
    worst = min((SEVERITY.index(one) for one in classes), default=len(SEVERITY) - 1)
    return SEVERITY[max(0, worst - 1) if raised else worst]
