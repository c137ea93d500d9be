"""What came out of the reservoir against what was expected: grade, ratio, and the band of flow.

There is no green here. A man died after a refill whose residual lay within every limit (S:27):
a normal discrepancy never proves that the needle was in the reservoir.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import isqrt

from tracker.domain.errors import NegativeQuantity

AMBER_ML = Decimal("1.0")  # DOMAIN 4.2 default, after S:24
AMBER_SHARE = Fraction(1, 10)  # of the programmed delivery; DOMAIN 4.2 default
RED_ML = Decimal("2.0")  # S:25
RATIO_LOW, RATIO_HIGH = Fraction(85, 100), Fraction(115, 100)  # S:16
FEWEST_RATIOS = 3  # DOMAIN 4.4: from three refills on the pump's own history counts
NARROWEST = Fraction(5, 100)  # DOMAIN 4.4: twice the mean over-delivery of S:22
FEWEST_OF_MODEL = 10  # ours: what other pumps show counts from so many refills on
ROOT_PLACES = 10**6  # a standard deviation is rounded up to a millionth


class Grade(StrEnum):
    """How far a residual is off. WITHIN is within limits, not proof of placement."""

    WITHIN = "within"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Residual:
    """A measured residual beside the expected one.

    `discrepancy_ml` is measured less expected: above zero, less was delivered than programmed,
    or what was aspirated was not all drug. `accuracy_ratio` is delivered by programmed; None
    where nothing was programmed.
    """

    expected_ml: Decimal
    measured_ml: Decimal
    discrepancy_ml: Decimal
    accuracy_ratio: Fraction | None
    grade: Grade

    @property
    def share_of_expected(self) -> Fraction | None:
        """The discrepancy by the expected residual (S:27 counts it so); None by nothing."""
        if self.expected_ml == 0:
            return None
        return Fraction(self.discrepancy_ml) / Fraction(self.expected_ml)


@dataclass(frozen=True, slots=True)
class Emptying:
    """One cycle of a reservoir: filled to, expected at the next refill, measured there."""

    volume_after_fill_ml: Decimal
    expected_ml: Decimal
    measured_ml: Decimal


@dataclass(frozen=True, slots=True)
class FlowBand:
    """What the flow may be of what is programmed: fastest and slowest credible factor."""

    fast: Fraction
    slow: Fraction


class LearnedFrom(StrEnum):
    """Whose refills a band rests on."""

    PUMP = "pump"
    MODEL = "model"
    MAKER = "maker"


def _ratio(cycle: Emptying) -> Fraction | None:
    """Delivered by programmed; source: S:21."""
    programmed = Fraction(cycle.volume_after_fill_ml) - Fraction(cycle.expected_ml)
    if programmed <= 0:
        return None
    return (Fraction(cycle.volume_after_fill_ml) - Fraction(cycle.measured_ml)) / programmed


def compare(
    volume_after_fill_ml: Decimal, expected_ml: Decimal, measured_ml: Decimal
) -> Residual:
    """The discrepancy with its grade. Source: DOMAIN 4.2 (S:16, S:24, S:25)."""
    for amount in (volume_after_fill_ml, expected_ml, measured_ml):
        if amount < 0:
            raise NegativeQuantity("A volume can't be below zero.")
    ratio = _ratio(Emptying(volume_after_fill_ml, expected_ml, measured_ml))
    off = abs(Fraction(measured_ml) - Fraction(expected_ml))
    programmed = max(Fraction(0), Fraction(volume_after_fill_ml) - Fraction(expected_ml))
    grade = Grade.WITHIN
    if off > max(Fraction(AMBER_ML), AMBER_SHARE * programmed):
        grade = Grade.AMBER
    if off > RED_ML or (ratio is not None and not RATIO_LOW <= ratio <= RATIO_HIGH):
        grade = Grade.RED
    return Residual(expected_ml, measured_ml, measured_ml - expected_ml, ratio, grade)


def accuracy_ratios(cycles: Iterable[Emptying]) -> tuple[Fraction, ...]:
    """The ratio of every cycle in which something was programmed, in the order given."""
    ratios = (_ratio(cycle) for cycle in cycles)
    return tuple(one for one in ratios if one is not None)


def flow_band(ratios: Sequence[Fraction], *, label: Decimal | None) -> FlowBand | None:
    """How fast and how slowly the pump may really run.

    From three ratios on, their mean with two standard deviations to either side, and at least
    5 % to either side of what is programmed; before that the maker's accuracy (0.145 is
    ±14.5 %). None where neither is known. Source: DOMAIN 4.4.
    """
    if len(ratios) < FEWEST_RATIOS:
        return None if label is None else _labelled(label)
    return _spread_of(ratios)


def learned_band(
    own: Sequence[Fraction], of_model: Sequence[Fraction], *, label: Decimal | None
) -> tuple[FlowBand, LearnedFrom] | None:
    """The band as `flow_band` has it, or by the model's pumps in this clinic, and by which.

    Other pumps can only widen the maker's band, never narrow it: that they ran true shows
    nothing of this one. Dates rest on `flow_band` alone. Source: DOMAIN 4.4.
    """
    if len(own) >= FEWEST_RATIOS:
        return _spread_of(own), LearnedFrom.PUMP
    maker = None if label is None else _labelled(label)
    if len(of_model) < FEWEST_OF_MODEL:
        return None if maker is None else (maker, LearnedFrom.MAKER)
    seen = _spread_of(of_model)
    if maker is not None:
        seen = FlowBand(max(seen.fast, maker.fast), min(seen.slow, maker.slow))
    return seen, LearnedFrom.MODEL


def unsettled(
    newest_first: Iterable[tuple[int, Grade | None]], assessed: Collection[int]
) -> int | None:
    """Which refill's red discrepancy nobody has settled yet.

    A residual inside the limits settles those before it, and so does an assessment. One that
    was not measured, or is merely amber, settles nothing.
    """
    for refill_id, grade in newest_first:
        if grade is Grade.WITHIN or refill_id in assessed:
            return None
        if grade is Grade.RED:
            return refill_id
    return None


def _labelled(label: Decimal) -> FlowBand:
    return FlowBand(1 + Fraction(label), 1 - Fraction(label))


def _spread_of(ratios: Sequence[Fraction]) -> FlowBand:
    mean = sum(ratios, Fraction(0)) / len(ratios)
    variance = sum(((one - mean) ** 2 for one in ratios), Fraction(0)) / (len(ratios) - 1)
    spread = 2 * _root_rounded_up(variance)
    return FlowBand(max(mean + spread, 1 + NARROWEST), min(mean - spread, 1 - NARROWEST))


def _root_rounded_up(square: Fraction) -> Fraction:
    """The square root, exact to a millionth and never too small."""
    scaled = -(-square.numerator * ROOT_PLACES**2 // square.denominator)
    root = isqrt(scaled)
    return Fraction(root + (root * root < scaled), ROOT_PLACES)
