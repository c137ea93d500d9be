"""What a programme gives in each day of the pump's own clock: its steps, and their total."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from tracker.domain.cycle import (
    DAY_US,
    FIRST_MONDAY_US,
    MICROSECOND,
    MINUTE_US,
    Cycle,
    cycle_of,
)
from tracker.domain.records import BolusUse, Fill, Mode, PatientBolus, Programme

HOURS_PER_DAY = 24
MOST_HOURS_OF_LOCKOUT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Span:
    """From one minute of the day to another a steady rate."""

    start_minutes: int
    end_minutes: int
    mcg_per_hour: Fraction


@dataclass(frozen=True, slots=True)
class DayPattern:
    """Weekdays (0 is Monday) that run alike, hour by hour, and what such a day gives.

    `ml_per_day` is None where the concentration is not known.
    """

    weekdays: tuple[int, ...]
    spans: tuple[Span, ...]
    mcg_per_day: Fraction
    ml_per_day: Fraction | None


def day_patterns(
    programme: Programme, primary_mcg_per_ml: Decimal | None
) -> tuple[DayPattern, ...]:
    """The different days of a week, in order of their first weekday; none but for flex.

    Taken from the very cycle that the dates are reckoned with, from midnight to midnight of the
    pump's clock; a day may begin with the last step of the day before.
    """
    if programme.mode is not Mode.FLEX:
        return ()
    at_one_mcg_per_ml = Fill(programme.at, Decimal(0), Decimal(1))
    cycle = cycle_of(programme, at_one_mcg_per_ml)
    monday = FIRST_MONDAY_US - programme.clock_offset // MICROSECOND
    days = {day: tuple(_spans(cycle, monday + day * DAY_US)) for day in range(7)}
    order = sorted(days, key=lambda day: (min(d for d in days if days[d] == days[day]), day))
    return tuple(
        _pattern(tuple(run), spans, primary_mcg_per_ml)
        for spans, run in groupby(order, key=days.__getitem__)
    )


def _pattern(
    weekdays: tuple[int, ...], spans: tuple[Span, ...], primary_mcg_per_ml: Decimal | None
) -> DayPattern:
    total = sum(
        (
            one.mcg_per_hour * HOURS_PER_DAY * (one.end_minutes - one.start_minutes) / 1440
            for one in spans
        ),
        Fraction(0),
    )
    volume = total / Fraction(primary_mcg_per_ml) if primary_mcg_per_ml else None
    return DayPattern(weekdays, spans, total, volume)


def _spans(cycle: Cycle, midnight: int) -> Iterator[Span]:
    """The pieces of one day, neighbours of one rate put together."""
    start, rest = 0, DAY_US
    found: list[Span] = []
    for length, rate in cycle.turned(midnight):
        lasts = min(length, rest)
        if not lasts:
            continue
        end = start + lasts
        rate_per_hour = Fraction(rate, cycle.scale * HOURS_PER_DAY)
        if found and found[-1].mcg_per_hour == rate_per_hour:
            found[-1] = Span(found[-1].start_minutes, end // MINUTE_US, rate_per_hour)
        else:
            found.append(Span(start // MINUTE_US, end // MINUTE_US, rate_per_hour))
        start, rest = end, rest - lasts
    return iter(found)


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What 24 hours give of the primary drug, in mcg and in mL (None: not known)."""

    mcg: Fraction
    ml: Fraction | None


def totals(
    programme: Programme, primary_mcg_per_ml: Decimal | None
) -> dict[BolusUse, DayTotal] | None:
    """24 hours without the patient's boluses and, where there are any, with all of them.

    A week's mean of day patterns. None where the concentration has to say what a flow gives and
    isn't known, or where nothing runs.
    """
    strength = Decimal(primary_mcg_per_ml) if primary_mcg_per_ml else None
    if programme.mode is Mode.STOPPED:
        return None
    if strength is None and programme.mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
        return None
    fill = Fill(programme.at, Decimal(0), strength or Decimal(1))
    cycle = cycle_of(programme, fill)
    flow = Fraction(cycle.total, cycle.period * cycle.scale)
    basal = flow * Fraction(fill.concentration_mcg_per_ml)
    found = {BolusUse.NONE: _total(basal, strength)}
    if programme.patient is not None:
        most = Fraction(programme.patient.dose_mcg) * programme.patient.max_per_day
        found[BolusUse.MAXIMUM] = _total(basal + most, strength)
    return found


def _total(mcg: Fraction, strength: Decimal | None) -> DayTotal:
    return DayTotal(mcg, mcg / Fraction(strength) if strength else None)


def about_lockout(patient: PatientBolus | None, lockout_minutes: int | None) -> Iterator[str]:
    """A lockout by which the boluses that are allowed a day don't fit into it."""
    if patient is None or not lockout_minutes or not patient.max_per_day:
        return
    needed = timedelta(minutes=lockout_minutes) * patient.max_per_day
    if needed > MOST_HOURS_OF_LOCKOUT:
        fits = MOST_HOURS_OF_LOCKOUT // timedelta(minutes=lockout_minutes)
        yield (
            f"{patient.max_per_day} boluses a day with a lockout of {lockout_minutes} minutes"
            f" don't fit into 24 hours: {fits} do. One of the two is mistyped, or the pump is"
            " set so. The dates count on all that are allowed."
        )
