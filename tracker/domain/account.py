"""The arithmetic of a date, line by line: the same spans that the date was reckoned over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from tracker.domain.cycle import DAY_US, ONE, ZERO
from tracker.domain.flow import Run, runs
from tracker.domain.records import BolusUse, History, Programme
from tracker.domain.reservoir import check_factor, latest_fill, second_at


@dataclass(frozen=True, slots=True)
class Line:
    """A span in which one programme runs; `end`, `days` and `left_ml` None where it never ends.

    `used_ml` is what leaves from `start` to `end` and `left_ml` what is in the reservoir then;
    `at_once_ml` of it goes at the start. `is_bridged` while a bolus runs in the basal's place.
    """

    start: datetime
    end: datetime | None
    programme: Programme
    is_bridged: bool
    at_once_ml: Fraction
    ml_per_day: Fraction
    days: Fraction | None
    used_ml: Fraction | None
    left_ml: Fraction | None


def account(
    history: History,
    *,
    down_to_ml: Decimal,
    flow_factor: Fraction = ONE,
    use: BolusUse = BolusUse.MAXIMUM,
) -> tuple[Line, ...]:
    """The lines from the latest fill until the reservoir holds `down_to_ml`.

    The end of the last one is the date that `reservoir.project` gives. Raises NoFill and
    NoProgramme.
    """
    check_factor(flow_factor)
    fill = latest_fill(history)
    volume, until_ml = Fraction(fill.volume_ml), Fraction(down_to_ml)
    return tuple(_lines(history, volume, until_ml, flow_factor, use))


def _lines(
    history: History, left: Fraction, until_ml: Fraction, factor: Fraction, use: BolusUse
) -> Iterator[Line]:
    for run in runs(history, latest_fill(history), None):
        if left <= until_ml:
            return
        end_us = _end(run, (left - until_ml) / factor, use)
        line = _line(run, end_us, left, factor, use)
        yield line
        if line.left_ml is None:
            return
        left = line.left_ml


def _end(run: Run, wanted_ml: Fraction, use: BolusUse) -> Fraction | int | None:
    """Where a span ends: with its programme, or when so much has left; None: never."""
    if run.leaves_at_once >= wanted_ml:
        return run.start
    reached = run.cycle(use).reaches(run.start, wanted_ml - run.leaves_at_once)
    if reached is None or (run.end is not None and reached > run.end):
        return run.end
    return reached


def _line(
    run: Run, end_us: Fraction | int | None, left: Fraction, factor: Fraction, use: BolusUse
) -> Line:
    cycle = run.cycle(use)
    flow = Fraction(cycle.total, cycle.period * cycle.scale) * factor
    start, end = second_at(run.start), second_at(end_us)
    assert start is not None  # it lies at or after the fill, within the calendar
    days = used = after = None
    if end_us is not None:
        days = Fraction(end_us - run.start) / DAY_US
        used = (run.leaves_at_once + _amount(run, end_us, use)) * factor
        after = left - used
        flow = (used - run.leaves_at_once * factor) / days if days else ZERO
    return Line(
        start,
        end,
        run.programme,
        run.suspended,
        run.leaves_at_once * factor,
        flow,
        days,
        used,
        after,
    )


def _amount(run: Run, end_us: Fraction | int, use: BolusUse) -> Fraction:
    """What flows in a span up to an instant that may lie between two microseconds."""
    cycle, whole = run.cycle(use), int(end_us)
    amount = Fraction(cycle.amount(run.start, whole), cycle.unit)
    rest = end_us - whole
    return amount + (Fraction(cycle.turned(whole)[0][1]) * rest / cycle.unit if rest else ZERO)
