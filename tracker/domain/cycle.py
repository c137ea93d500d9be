"""A programme as a flow that repeats: a day, a week, an interval between two boluses.

Exact, in whole microseconds and whole numbers over a common denominator, so that months are one
multiplication and not a walk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from operator import itemgetter

from tracker.domain.errors import CannotProject
from tracker.domain.records import (
    MINUTES_PER_DAY,
    Fill,
    Mode,
    PeriodicBolus,
    Programme,
    Step,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 86_400 * SECOND_US
FIRST_MONDAY_US = 4 * DAY_US  # 5 January 1970
ZERO, ONE = Fraction(0), Fraction(1)


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970 in UTC."""
    return (at - EPOCH) // MICROSECOND


@dataclass(frozen=True, slots=True)
class Cycle:
    """A flow that repeats: pieces of (length in µs, flow in mL/day times `scale`).

    Whole numbers inside: the amount of a piece is length times flow, in mL times `unit`.
    """

    anchor: int
    pieces: tuple[tuple[int, int], ...]
    scale: int

    period: int
    total: int

    @classmethod
    def of(cls, anchor: int, pieces: tuple[tuple[int, int], ...], scale: int) -> "Cycle":
        """A cycle with its period in µs and what flows in it, mL times `unit`."""
        period = sum([length for length, _ in pieces])
        total = sum([length * rate for length, rate in pieces])
        return cls(anchor, pieces, scale, period, total)

    @property
    def unit(self) -> int:
        return self.scale * DAY_US

    def turned(self, start: int) -> list[tuple[int, int]]:
        """The pieces of one whole period that begins at `start`."""
        offset = (start - self.anchor) % self.period
        index = 0
        while offset >= self.pieces[index][0]:
            offset -= self.pieces[index][0]
            index += 1
        length, rate = self.pieces[index]
        first, last = (length - offset, rate), (offset, rate)
        return [first, *self.pieces[index + 1 :], *self.pieces[:index], last]

    def amount(self, start: int, end: int) -> int:
        """What flows between two instants, mL times `unit`."""
        whole, rest = divmod(end - start, self.period)
        total = whole * self.total
        for length, rate in self.turned(start):
            if rest <= length:
                total += rest * rate
                break
            total += length * rate
            rest -= length
        return total

    def reaches(self, start: int, volume_ml: Fraction) -> Fraction | None:
        """The first instant (µs) by which a volume above zero has flowed; None if never."""
        if not self.total:
            return None
        left = volume_ml * self.unit
        whole = -(-left // self.total) - 1  # the periods after which some is still left
        left -= whole * self.total
        at = start + whole * self.period
        for length, rate in self.turned(start):
            if length * rate >= left:
                return at + left / rate
            left -= length * rate
            at += length
        raise AssertionError("a whole period is left at most")

    def flows(self, start: int, end: int | None) -> Iterator[Fraction]:
        """The flows in mL/day that really run between two instants."""
        rest = self.period if end is None else min(end - start, self.period)
        for length, rate in self.turned(start):
            if rest <= 0:
                return
            if length:
                yield Fraction(rate, self.scale)
            rest -= length

    def plus(self, flow: Fraction) -> "Cycle":
        """This cycle with a steady flow (mL/day) on top."""
        scale = lcm(self.scale, flow.denominator)
        grown, extra = scale // self.scale, flow.numerator * (scale // flow.denominator)
        pieces = tuple([(length, rate * grown + extra) for length, rate in self.pieces])
        return Cycle.of(self.anchor, pieces, scale)


NOTHING = Cycle.of(0, ((DAY_US, 0),), 1)


def steady(amount: Decimal | None, times: Fraction) -> Cycle:
    """One flow for ever: an amount a day, times mL for each of it."""
    above, below = (amount or Decimal(0)).as_integer_ratio()
    rate = above * times.numerator
    return Cycle(0, ((DAY_US, rate),), below * times.denominator, DAY_US, DAY_US * rate)


def millilitres_per_mcg(fill: Fill) -> Fraction:
    if not fill.concentration_mcg_per_ml:
        raise CannotProject(
            "A dose can't be turned into a flow: the fill has no concentration.",
            field="concentration_mcg_per_ml",
        )
    mcg, ml = fill.concentration_mcg_per_ml.as_integer_ratio()
    return Fraction(ml, mcg)


def cycle_of(programme: Programme, fill: Fill) -> Cycle:
    """The basal flow of a programme out of this fill, without patient boluses."""
    if programme.mode is Mode.STOPPED:
        return NOTHING
    if programme.mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
        return steady(programme.flow_ml_per_day, ONE)
    per_mcg = millilitres_per_mcg(fill)
    if programme.mode is Mode.FLEX:
        return _flex_cycle(programme, per_mcg)
    basal = steady(programme.dose_mcg_per_day, per_mcg)
    if programme.mode is Mode.SIMPLE or programme.periodic is None:
        return basal
    return _periodic_cycle(programme, programme.periodic, per_mcg)


def _periodic_cycle(programme: Programme, periodic: PeriodicBolus, per_mcg: Fraction) -> Cycle:
    basal = Fraction(programme.dose_mcg_per_day or 0) * per_mcg
    days = Fraction(periodic.duration_minutes, MINUTES_PER_DAY)
    extra = Fraction(periodic.dose_mcg) * per_mcg / days
    lasts = periodic.duration_minutes * MINUTE_US
    rests = periodic.interval_minutes * MINUTE_US - lasts
    scale = extra.denominator
    pieces = ((lasts, extra.numerator), (rests, 0)) if rests else ((lasts, extra.numerator),)
    return Cycle.of(microseconds(programme.at), pieces, scale).plus(basal)


def _day(steps: Sequence[Step]) -> list[tuple[int, Step]]:
    """Each step with its minute, in order of time."""
    return sorted([(step.start_minutes, step) for step in steps], key=itemgetter(0))


def _week(steps: Sequence[Step]) -> list[tuple[int, Step]]:
    """Each step of a week that starts on Monday with its minute, in order of time.

    A day runs by its own steps, or else by those of every day.
    """
    of_day: dict[int | None, list[Step]] = {}
    for step in steps:
        of_day.setdefault(step.weekday, []).append(step)
    everyday = of_day.get(None, [])
    week = [
        (day * MINUTES_PER_DAY + step.start_minutes, step)
        for day in range(7)
        for step in of_day.get(day, everyday)
    ]
    return sorted(week, key=itemgetter(0))


@lru_cache(maxsize=1024)  # a pattern runs for months and is projected again and again
def _pattern(steps: tuple[Step, ...]) -> tuple[int, tuple[tuple[int, int], ...], int]:
    """The first start after Monday's midnight (µs), the pieces from there on, their scale.

    Rates in mcg/day. Before a day's first step the last one of the day before goes on.
    """
    points, days = _day(steps), 1
    if any([step.weekday is not None for step in steps]):
        points, days = _week(steps), 7
    ratios = [step.rate_mcg_per_hour.as_integer_ratio() for _, step in points]
    common = lcm(*[below for _, below in ratios])
    starts = [minute * MINUTE_US for minute, _ in points]
    ends = [*starts[1:], starts[0] + days * DAY_US]
    pieces = [
        (end - start, 24 * above * (common // below))
        for start, end, (above, below) in zip(starts, ends, ratios, strict=True)
    ]
    return starts[0], tuple(pieces), common


def _flex_cycle(programme: Programme, per_mcg: Fraction) -> Cycle:
    """The steps on the pump's own clock."""
    first, pieces, scale = _pattern(programme.steps)
    anchor = FIRST_MONDAY_US - programme.clock_offset // MICROSECOND + first
    times = per_mcg.numerator
    if times != 1:
        pieces = tuple([(length, rate * times) for length, rate in pieces])
    return Cycle.of(anchor, pieces, scale * per_mcg.denominator)
