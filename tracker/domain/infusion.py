"""How a pump empties its reservoir: fills, programmes and boluses, and what a pump can't do."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from tracker.domain.bridge import reckon_bridge
from tracker.domain.cycle import ZERO, cycle_of, microseconds
from tracker.domain.errors import (
    RateAboveMaximum,
    RateBelowMinimum,
    VolumeAboveCapacity,
)
from tracker.domain.flow import Run, ordered_fills, runs
from tracker.domain.records import (
    Bolus,
    BolusUse,
    Fill,
    History,
    Mode,
    PatientBolus,
    PeriodicBolus,
    Programme,
    RateLimits,
    Step,
)
from tracker.domain.units import Quantity, format_quantity

__all__ = [
    "Bolus",
    "BolusUse",
    "Fill",
    "History",
    "Mode",
    "PatientBolus",
    "PeriodicBolus",
    "Programme",
    "RateLimits",
    "Step",
    "bridge_bolus",
    "check_rates",
    "check_volumes",
    "daily_dose_mcg",
]


def daily_dose_mcg(programme: Programme) -> Fraction | None:
    """The programmed mcg per 24 hours, without patient boluses; a week's mean of day patterns.

    None where the flow is set and the dose follows from the concentration.
    """
    if programme.mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
        return None
    one = Fill(programme.at, Decimal(0), Decimal(1))  # at 1 mcg/mL a mL is a mcg
    cycle = cycle_of(programme, one)
    return Fraction(cycle.total, cycle.period * cycle.scale)


def bridge_bolus(
    dead_volume_ml: Decimal,
    old_concentration: Decimal,
    daily_dose_mcg: Decimal | Fraction,
    at: datetime,
) -> Bolus:
    """The bolus that drives the old drug out of tubing and catheter; see `bridge`."""
    return reckon_bridge(dead_volume_ml, old_concentration, daily_dose_mcg).as_bolus(at)


def check_volumes(history: History, capacity_ml: Decimal) -> None:
    """Refuse a fill that the reservoir can't hold: VolumeAboveCapacity."""
    for fill in ordered_fills(history):
        if fill.volume_ml > capacity_ml:
            raise VolumeAboveCapacity(
                f"{format_quantity(fill.volume_ml, Quantity.VOLUME)} does not fit a "
                f"{format_quantity(capacity_ml, Quantity.VOLUME)} reservoir.",
                field="instilled_volume_ml",
            )


def check_rates(
    history: History, limits: RateLimits, *, field: str | None = "dose_mcg_per_day"
) -> None:
    """Refuse a flow that the pump can't run: RateAboveMaximum, RateBelowMinimum.

    Every flow that really runs is looked at, with the concentration it meets and with boluses
    on top; patient boluses are not, for their rate is not recorded. The minimum is asked of the
    basal flow while the pump is not stopped; none at all between periodic boluses is allowed.
    In the mode "minimum rate" it is the model's minimum rate, where the maker names one.
    Exactly at a limit is fine, and nothing is ever clamped. `field` is where what was typed
    stands, beside which the refusal belongs.
    """
    fills = ordered_fills(history)
    for fill, following in pairwise([*fills, None]):
        until = microseconds(following.at) if following else None
        if fill is not None and (until is None or until > microseconds(fill.at)):
            for run in runs(history, fill, until):
                _check_maximum(run, limits.max_ml_per_day, field)
                _check_minimum(run, _least(run, limits), field)


def _least(run: Run, limits: RateLimits) -> Decimal | None:
    if run.programme.mode is Mode.MINIMUM and limits.minimum_rate_ml_per_day is not None:
        return limits.minimum_rate_ml_per_day
    return limits.min_ml_per_day


def _check_maximum(run: Run, most: Decimal | None, field: str | None) -> None:
    if most is None:
        return
    for flow in run.cycle(BolusUse.NONE).flows(run.start, run.end):
        if flow > most:
            raise RateAboveMaximum(
                f"{format_quantity(flow, Quantity.FLOW)} is faster than this pump can run: "
                f"at most {format_quantity(most, Quantity.FLOW)}.",
                field=field,
            )


def _check_minimum(run: Run, least: Decimal | None, field: str | None) -> None:
    if least is None or run.suspended or run.programme.mode is Mode.STOPPED:
        return
    for flow in run.basal.flows(run.start, run.end):
        rests = flow == ZERO and run.programme.mode is Mode.PERIODIC_BOLUS
        if flow < least and not rests:
            raise RateBelowMinimum(
                f"{format_quantity(flow, Quantity.FLOW)} is slower than this pump can run: "
                f"at least {format_quantity(least, Quantity.FLOW)}, or stopped.",
                field=field,
            )
