"""What a refill before its time threw away: drug that the pump could still have given."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.domain.facts import Rule

# The terms of the minimum that come from how long drug keeps, and not from how much is left.
OF_STABILITY = frozenset({Rule.DRUG_LIMIT, Rule.FIRST_FILL_LIMIT, Rule.BEYOND_USE})


@dataclass(frozen=True, slots=True)
class EarlyRefill:
    """A refill, the likely low-reservoir date that it came before, and what was taken out."""

    pump_id: int
    patient: str
    serial: str
    filled_at: datetime
    low_at: datetime | None
    rule: Rule | None  # that set the refill-by date it was done for
    residual_ml: Decimal | None
    alarm_ml: Decimal

    def days_early(self, zone: ZoneInfo) -> int | None:
        """Days of the clinic from the refill to the date of the alarm; none below zero."""
        if self.low_at is None:
            return None
        filled, low = (one.astimezone(zone).date() for one in (self.filled_at, self.low_at))
        return max(0, (low - filled).days)

    @property
    def wasted_ml(self) -> Decimal | None:
        """What was taken out above the alarm volume; None where it wasn't measured.

        What is below it no pump is planned to give, so it is no waste of an early refill.
        """
        if self.residual_ml is None:
            return None
        return max(Decimal(0), self.residual_ml - self.alarm_ml)

    @property
    def is_by_stability(self) -> bool:
        """Whether how long the drug keeps was what called for it."""
        return self.rule in OF_STABILITY


@dataclass(frozen=True, slots=True)
class Waste:
    """Of some refills: how many days they came early in all, and how much was thrown away."""

    refills: int
    measured: int
    days: int
    ml: Decimal


def waste(refills: Iterable[EarlyRefill], zone: ZoneInfo) -> Waste:
    """All of it together; a refill without a date has no days, one not measured no volume."""
    found = list(refills)
    volumes = [ml for one in found if (ml := one.wasted_ml) is not None]
    days = [early for one in found if (early := one.days_early(zone)) is not None]
    return Waste(len(found), len(volumes), sum(days), sum(volumes, Decimal(0)))
