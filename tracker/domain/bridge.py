"""The bridge bolus: the old drug runs out of tubing and catheter at the old daily dose.

Needed whenever drug or concentration changes. Source: DOMAIN 4.3, S:29.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from tracker.domain.cycle import DAY_US
from tracker.domain.errors import TrackerError
from tracker.domain.records import MINUTES_PER_DAY, Bolus

LONGEST_BRIDGE_DAYS = 366  # no bridge runs so long; beyond lies the end of the calendar
# Ours [P]: the programmer reckons by the same formula, so more than its rounding means another
# catheter length, dose or concentration than is on record.
NOTICEABLE_SHARE = Fraction(1, 20)


@dataclass(frozen=True, slots=True)
class Bridge:
    """What a bridge bolus is by the records: the dead volume, and the old drug in it."""

    volume_ml: Decimal
    drug_mcg: Fraction
    days: Fraction
    flow_ml_per_day: Fraction

    @property
    def minutes(self) -> Fraction:
        return self.days * MINUTES_PER_DAY

    def as_bolus(self, at: datetime) -> Bolus:
        """The bolus, during which the reservoir loses as much of the new drug."""
        duration = timedelta(microseconds=int(self.days * DAY_US))
        return Bolus(at, duration, volume_ml=self.volume_ml, suspends_basal=True)


def reckon_bridge(
    dead_volume_ml: Decimal, old_concentration: Decimal, daily_dose_mcg: Decimal | Fraction
) -> Bridge:
    """The bridge bolus from the volume of tubing and catheter, and what ran before."""
    if daily_dose_mcg <= 0 or old_concentration <= 0:
        raise TrackerError(
            "A bridge bolus needs a running dose and the old concentration.", field="bridge"
        )
    drug_mcg = Fraction(dead_volume_ml) * Fraction(old_concentration)
    days = drug_mcg / Fraction(daily_dose_mcg)
    if days > LONGEST_BRIDGE_DAYS:
        raise TrackerError(
            "This bridge bolus would run for more than a year: look at dose, concentration and"
            " the volume of tubing and catheter.",
            field="bridge",
        )
    flow = Fraction(daily_dose_mcg) / Fraction(old_concentration)
    return Bridge(dead_volume_ml, drug_mcg, days, flow)


def about_bridge(
    ours: Bridge | None, volume_ml: Decimal | None, minutes: Decimal | None
) -> Iterator[str]:
    """What is unusual in the bridge as the programmer shows it, beside ours (DOMAIN H05)."""
    if ours is None:
        yield (
            "The bridge bolus can't be compared: the volume of tubing and catheter, or the"
            " earlier drug and dose, is not on record."
        )
        return
    if volume_ml is None or minutes is None:
        yield (
            "The bridge bolus is not compared with the programmer's: give the volume and the"
            f" duration that it shows. By our records: {bridge_words(ours)}."
        )
        return
    is_far = _differs(Fraction(volume_ml), Fraction(ours.volume_ml)) or _differs(
        Fraction(minutes), ours.minutes
    )
    if is_far:
        yield (
            f"The programmer's bridge bolus, {volume_ml.normalize():f} mL"
            f" over {duration_words(Fraction(minutes))}, differs from ours by more than 5 %:"
            f" {bridge_words(ours)}. Check catheter length, old concentration and old dose."
        )


def _differs(theirs: Fraction, ours: Fraction) -> bool:
    return abs(theirs - ours) > NOTICEABLE_SHARE * ours


def bridge_words(bridge: Bridge) -> str:
    """Volume and duration, for a sentence."""
    volume = Decimal(round(Fraction(bridge.volume_ml) * 1000)) / 1000
    return f"{volume.normalize():f} mL over {duration_words(bridge.minutes)}"


def duration_words(minutes: Fraction) -> str:
    """Hours and minutes; a part of a minute is left away, for a bridge that ends earlier."""
    hours, left = divmod(int(minutes), 60)
    return f"{hours} h {left} min"
