"""When a fill is low and empty, by how fast the pump may run and how many boluses are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from tracker.domain.records import BolusUse, History
from tracker.domain.reservoir import latest_fill, reach
from tracker.domain.residual import FlowBand, flow_band


@dataclass(frozen=True, slots=True)
class Levels:
    """Instants at which the reservoir is low or empty; None where it never is.

    Plain: the programmed flow with every allotted patient bolus. `fast` and `slow` are the
    edges of the credible band, the slow one without patient boluses.
    """

    low: datetime | None
    low_raised: datetime | None
    low_fast: datetime | None
    low_likely: datetime | None  # boluses as they are used on average: what a programmer prints
    low_unused: datetime | None  # the programmed flow without any patient bolus
    low_slow: datetime | None
    empty: datetime | None
    empty_fast: datetime | None


def levels(
    history: History,
    *,
    alarm_volume_ml: Decimal,
    unusable_ml: Decimal,
    margin: Fraction,
    ratios: Sequence[Fraction],
    accuracy: Decimal | None,
) -> Levels:
    """All levels of the latest fill. Where no band is known, the margin is its fast edge."""
    band = flow_band(ratios, label=accuracy) or FlowBand(margin, Fraction(1))
    volume = Fraction(latest_fill(history).volume_ml)
    low, empty = volume - Fraction(alarm_volume_ml), volume - Fraction(unusable_ml)
    may_stand_still = band.slow <= 0
    slowest = low if may_stand_still else low / band.slow
    most, average, none = BolusUse.MAXIMUM, BolusUse.AVERAGE, BolusUse.NONE
    asked = [(one, most) for one in (low, low / margin, low / band.fast)]
    asked += [(empty, most), (empty / band.fast, most)]
    asked += [(low, average), (low, none), (slowest, none)]
    low_at, raised, low_fast, empty_at, empty_fast, likely, unused, low_slow = reach(
        history, asked
    )
    return Levels(
        low=low_at,
        low_raised=raised,
        low_fast=low_fast,
        low_likely=likely,
        low_unused=unused,
        low_slow=None if may_stand_still else low_slow,
        empty=empty_at,
        empty_fast=empty_fast,
    )
