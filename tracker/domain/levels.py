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


def credible_band(
    ratios: Sequence[Fraction], *, accuracy: Decimal | None, margin: Fraction
) -> FlowBand:
    """The band that the dates count with; where none is known, the margin is its fast edge."""
    return flow_band(ratios, label=accuracy) or FlowBand(margin, Fraction(1))


@dataclass(frozen=True, slots=True)
class Question:
    """How far down, how fast, and with which of the patient's boluses a date is reckoned."""

    down_to_ml: Decimal
    flow_factor: Fraction
    use: BolusUse


def questions(
    *, alarm_volume_ml: Decimal, unusable_ml: Decimal, margin: Fraction, band: FlowBand
) -> dict[str, Question]:
    """What is asked for each date of `Levels`; a flow that may stand still is not asked for."""
    most, average, none = BolusUse.MAXIMUM, BolusUse.AVERAGE, BolusUse.NONE
    one = Fraction(1)
    asked = {
        "low": Question(alarm_volume_ml, one, most),
        "low_raised": Question(alarm_volume_ml, margin, most),
        "low_fast": Question(alarm_volume_ml, band.fast, most),
        "low_likely": Question(alarm_volume_ml, one, average),
        "low_unused": Question(alarm_volume_ml, one, none),
        "empty": Question(unusable_ml, one, most),
        "empty_fast": Question(unusable_ml, band.fast, most),
    }
    if band.slow > 0:
        asked["low_slow"] = Question(alarm_volume_ml, band.slow, none)
    return asked


def levels(
    history: History,
    *,
    alarm_volume_ml: Decimal,
    unusable_ml: Decimal,
    margin: Fraction,
    ratios: Sequence[Fraction],
    accuracy: Decimal | None,
) -> Levels:
    """All levels of the latest fill."""
    asked = questions(
        alarm_volume_ml=alarm_volume_ml,
        unusable_ml=unusable_ml,
        margin=margin,
        band=credible_band(ratios, accuracy=accuracy, margin=margin),
    )
    volume = Fraction(latest_fill(history).volume_ml)
    left = [
        ((volume - Fraction(one.down_to_ml)) / one.flow_factor, one.use)
        for one in asked.values()
    ]
    found = dict(zip(asked, reach(history, left), strict=True))
    return Levels(**{"low_slow": None, **found})
