"""What has left the reservoir so far, and when each volume asked for had left."""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from tracker.domain.cycle import DAY_US
from tracker.domain.flow import Run
from tracker.domain.records import BolusUse


@dataclass(slots=True)
class Tally:
    """What has left so far with the patient boluses counted in one way, and what is asked.

    `used` counts in 1/`unit` mL: whole numbers, for fractions would cost half of the time.
    """

    use: BolusUse
    wanted: list[Fraction]  # volumes above zero, the largest first
    found: dict[Fraction, Fraction | int]
    used: int = 0
    unit: int = 1

    def add(self, amount: int, unit: int) -> None:
        """Let so many 1/`unit` mL leave."""
        if self.unit % unit:
            common = lcm(self.unit, unit)
            self.used, self.unit = self.used * (common // self.unit), common
        self.used += amount * (self.unit // unit)

    def is_reached(self) -> bool:
        """Whether the next volume asked for has left."""
        if not self.wanted:
            return False
        above, below = self.wanted[-1].as_integer_ratio()
        return above * self.unit <= self.used * below

    def _flow(self, run: Run, end: int) -> None:
        """Let a span flow to its end; the cycle and what is on top of it each by itself."""
        cycle, steady = run.parts(self.use)
        self.add(cycle.amount(run.start, end), cycle.unit)
        if steady:
            self.add(steady.numerator * (end - run.start), steady.denominator * DAY_US)

    def take(self, run: Run) -> None:
        """Let a span flow, and note the volumes that are reached in it."""
        if run.leaves_at_once:
            self.add(*run.leaves_at_once.as_integer_ratio())
            while self.is_reached():
                self.found[self.wanted.pop()] = run.start
        before, unit = self.used, self.unit
        if run.end is not None:
            self._flow(run, run.end)
        while self.is_reached() or (self.wanted and run.end is None):
            volume = self.wanted.pop()
            left = volume - Fraction(before, unit)
            instant_us = run.cycle(self.use).reaches(run.start, left)
            if instant_us is not None:
                self.found[volume] = instant_us
