"""A programme as a flow that repeats: a day, a week, an interval between two boluses.

Exact, in whole microseconds and whole numbers over a common denominator, so that months are one
multiplication and not a walk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import lcm

from tracker.domain.errors import CannotProject
from tracker.domain.records import Fill, Mode, PeriodicBolus, Programme, Step

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_US = 86_400 * SECOND_US
FIRST_MONDAY_US = 4 * DAY_US  # 5 January 1970
ZERO = Fraction(0)


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

    @property
    def period(self) -> int:
        return sum(length for length, _ in self.pieces)

    @property
    def total(self) -> int:
        return sum(length * rate for length, rate in self.pieces)

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

    def amount(self, start: int, end: int) -> Fraction:
        """The mL that flow between two instants."""
        whole, rest = divmod(end - start, self.period)
        total = whole * self.total
        for length, rate in self.turned(start):
            if rest <= length:
                total += rest * rate
                break
            total += length * rate
            rest -= length
        return Fraction(total, self.unit)

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
        pieces = tuple((length, rate * grown + extra) for length, rate in self.pieces)
        return Cycle(self.anchor, pieces, scale)


NOTHING = Cycle(0, ((DAY_US, 0),), 1)


def millilitres_per_mcg(fill: Fill) -> Fraction:
    if not fill.concentration_mcg_per_ml:
        raise CannotProject(
            "A dose can't be turned into a flow: the fill has no concentration.",
            field="concentration_mcg_per_ml",
        )
    return 1 / Fraction(fill.concentration_mcg_per_ml)


def cycle_of(programme: Programme, fill: Fill) -> Cycle:
    """The basal flow of a programme out of this fill, without patient boluses."""
    if programme.mode is Mode.STOPPED:
        return NOTHING
    if programme.mode in (Mode.MINIMUM, Mode.FIXED_FLOW):
        return NOTHING.plus(Fraction(programme.flow_ml_per_day or 0))
    per_mcg = millilitres_per_mcg(fill)
    if programme.mode is Mode.FLEX:
        return _flex_cycle(programme, per_mcg)
    basal = NOTHING.plus(Fraction(programme.dose_mcg_per_day or 0) * per_mcg)
    if programme.mode is Mode.SIMPLE or programme.periodic is None:
        return basal
    return _periodic_cycle(programme, programme.periodic, per_mcg)


def _periodic_cycle(programme: Programme, periodic: PeriodicBolus, per_mcg: Fraction) -> Cycle:
    basal = Fraction(programme.dose_mcg_per_day or 0) * per_mcg
    days = Fraction(periodic.duration_minutes, 1440)
    extra = Fraction(periodic.dose_mcg) * per_mcg / days
    lasts = periodic.duration_minutes * MINUTE_US
    rests = periodic.interval_minutes * MINUTE_US - lasts
    scale = extra.denominator
    pieces = ((lasts, extra.numerator), (rests, 0)) if rests else ((lasts, extra.numerator),)
    return Cycle(microseconds(programme.at), pieces, scale).plus(basal)


def steps_of_day(steps: Sequence[Step], weekday: int) -> list[Step]:
    """The steps that hold on a weekday: its own, or else those of every day."""
    own = [step for step in steps if step.weekday == weekday]
    return own or [step for step in steps if step.weekday is None]


def _flex_cycle(programme: Programme, per_mcg: Fraction) -> Cycle:
    """Steps on the pump's own clock; before a day's first step the last one before goes on."""
    steps = programme.steps
    weekly = any(step.weekday is not None for step in steps)
    days = 7 if weekly else 1
    points = sorted(
        (day * DAY_US + step.start_minutes * MINUTE_US, step.rate_mcg_per_hour)
        for day in range(days)
        for step in (steps_of_day(steps, day) if weekly else steps)
    )
    ratios = [rate.as_integer_ratio() for _, rate in points]
    common = lcm(*(below for _, below in ratios))
    times = 24 * per_mcg.numerator
    first = points[0][0]
    ends = [at for at, _ in points[1:]] + [first + days * DAY_US]
    pieces = tuple(
        (end - at, times * above * (common // below))
        for (at, _), end, (above, below) in zip(points, ends, ratios, strict=True)
    )
    monday = FIRST_MONDAY_US - programme.clock_offset // MICROSECOND
    return Cycle(monday + first, pieces, common * per_mcg.denominator)
