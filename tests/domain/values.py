"""Builders for the values of the domain; what a test does not say is a plain pump in March."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tracker.domain.calendar import OpenDays
from tracker.domain.danger import ClinicRules, DrugClock, PumpFacts
from tracker.domain.infusion import Bolus, Fill, History, Mode, Programme, RateLimits
from tracker.domain.reservoir import Projection, project

FILLED = datetime(2026, 3, 1, 10, tzinfo=UTC)  # a Sunday
CHICAGO = ZoneInfo("America/Chicago")
EVERY_DAY = frozenset(range(7))


def after(**span: float) -> datetime:
    """An instant after the fill: after(days=20)."""
    return FILLED + timedelta(**span)


def a_fill(volume="20", concentration="2000", at=FILLED) -> Fill:
    return Fill(at, Decimal(volume), Decimal(concentration))


def a_dose(dose, at=FILLED, **more) -> Programme:
    return Programme(at, Mode.SIMPLE, dose_mcg_per_day=Decimal(dose), **more)


def a_flow(flow, at=FILLED, mode=Mode.FIXED_FLOW, **more) -> Programme:
    return Programme(at, mode, flow_ml_per_day=Decimal(flow), **more)


def stopped(at) -> Programme:
    return Programme(at, Mode.STOPPED)


def a_bolus(at, volume=None, dose=None, suspends=False, **lasts) -> Bolus:
    return Bolus(
        at,
        timedelta(**lasts),
        volume_ml=None if volume is None else Decimal(volume),
        dose_mcg=None if dose is None else Decimal(dose),
        suspends_basal=suspends,
    )


def a_history(*records) -> History:
    return History(
        tuple(one for one in records if isinstance(one, Fill)),
        tuple(one for one in records if isinstance(one, Programme)),
        tuple(one for one in records if isinstance(one, Bolus)),
    )


def projected(*records, alarm="2", **more) -> Projection:
    return project(a_history(*records), alarm_volume_ml=Decimal(alarm), **more)


def days_to(at: datetime | None, since: datetime = FILLED) -> Fraction:
    """The days of 24 hours from the fill on, exact to the second."""
    assert at is not None
    return Fraction((at - since) // timedelta(seconds=1), 86_400)


def days_to_low(*records, **more) -> float:
    """To two places, as the worked examples are printed."""
    return round(float(days_to(projected(*records, **more).low_at)), 2)


def a_pump(capacity="20", alarm="2", accuracy=None, limits=None, unusable="0") -> PumpFacts:
    return PumpFacts(
        Decimal(capacity),
        Decimal(alarm),
        None if accuracy is None else Decimal(accuracy),
        limits or RateLimits(),
        Decimal(unusable),
    )


def a_clinic(
    buffer=7, margin="5", interval=None, weekdays=EVERY_DAY, closed=(), zone=CHICAGO
) -> ClinicRules:
    open_days = OpenDays(zone, frozenset(weekdays), frozenset(closed))
    return ClinicRules(open_days, buffer, Decimal(margin), interval)


def a_drug(limit=None, first=False, beyond_use_on=None) -> DrugClock:
    return DrugClock(None if limit is None else Decimal(limit), first, beyond_use_on)
