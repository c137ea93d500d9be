"""How the level falls after the latest fill: few points, and straight lines between them."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from tracker.domain.cycle import ZERO, microseconds
from tracker.domain.flow import Run, runs
from tracker.domain.records import BolusUse, History
from tracker.domain.reservoir import latest_fill, second_at

Point = tuple[datetime, Fraction]
Kept = list[list[str]]  # [instant, mL], as it is stored
TENTH = 10  # a level is shown in tenths of a mL, rounded down: rather too little than too much
STORED = 10**6


def course(history: History, *, alarm_volume_ml: Decimal) -> tuple[Point, ...]:
    """The level (mL) at the fill, at every change after it, at the alarm volume and at zero.

    Patient boluses count as used on average. Within a day of a flex programme the line is
    straight where the level is not. Raises NoFill and NoProgramme.
    """
    fill = latest_fill(history)
    left, points = Fraction(fill.volume_ml), list[Point]()
    for run in runs(history, fill, None):
        if left < 0:
            break
        points += _at(run.start, left)
        left -= run.leaves_at_once
        points += _at(run.start, max(left, ZERO))
        points += _reached(run, left, (Fraction(alarm_volume_ml), ZERO))
        if run.end is None:
            break
        cycle = run.cycle(BolusUse.AVERAGE)
        left -= Fraction(cycle.amount(run.start, run.end), cycle.unit)
    return tuple(point for n, point in enumerate(points) if point not in points[:n])


def _at(instant_us: Fraction | int | None, level_ml: Fraction) -> list[Point]:
    at = second_at(instant_us)
    return [] if at is None else [(at, level_ml)]


def _reached(run: Run, left: Fraction, levels: Iterable[Fraction]) -> list[Point]:
    """Where the line of one span crosses these levels."""
    cycle, found = run.cycle(BolusUse.AVERAGE), list[Point]()
    for level in levels:
        if left > level:
            instant_us = cycle.reaches(run.start, left - level)
            if instant_us is not None and (run.end is None or instant_us < run.end):
                found += _at(instant_us, level)
    return found


def shown_level(level_ml: Fraction) -> Decimal:
    """A level as a person reads it: tenths of a mL, rounded down."""
    return Decimal(level_ml * TENTH // 1) / TENTH


def level_on(points: Sequence[Point], *, now: datetime) -> Decimal | None:
    """The level (mL) at `now` on the lines between `points`; None before the first of them.

    After the last point it stays as it is: the reservoir is empty, or nothing flows.
    """
    place = bisect_right([at for at, _ in points], now)
    if place == 0:
        return None
    (since, above) = points[place - 1]
    if place == len(points):
        return shown_level(above)
    (until, below) = points[place]
    gone = Fraction(
        microseconds(now) - microseconds(since), microseconds(until) - microseconds(since)
    )
    return shown_level(above - (above - below) * gone)


def as_kept(points: Iterable[Point]) -> Kept:
    """The points as text, to a millionth of a mL and rounded down."""
    return [[at.isoformat(), f"{Decimal(ml * STORED // 1) / STORED:f}"] for at, ml in points]


def from_kept(kept: Iterable[Sequence[str]] | None) -> tuple[Point, ...]:
    """The points that `as_kept` wrote; none for nothing."""
    return tuple((datetime.fromisoformat(at), Fraction(ml)) for at, ml in kept or ())
