"""What early refills threw away, by hand.

A pump that alarms at 2 mL is refilled on 20 June with 4.5 mL in it; its low-reservoir date was
the 30th. So 2.5 mL and ten days were given up.
"""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.domain.early_refills import EarlyRefill, waste
from tracker.domain.facts import Rule

LONDON = ZoneInfo("Europe/London")


def refill(residual: str | None, low_day: int | None = 30, rule=Rule.DRUG_LIMIT) -> EarlyRefill:
    low = None if low_day is None else datetime(2026, 6, low_day, 12, tzinfo=UTC)
    filled = datetime(2026, 6, 20, 9, tzinfo=UTC)
    measured = None if residual is None else Decimal(residual)
    return EarlyRefill(1, "Byron, Ada", "TST1", filled, low, rule, measured, Decimal(2))


def test_what_was_above_the_alarm_volume_is_thrown_away_with_its_days():
    one = refill("4.5")

    assert (one.wasted_ml, one.days_early(LONDON)) == (Decimal("2.5"), 10)
    assert one.is_by_stability
    assert not refill("4.5", rule=Rule.ALARM_LESS_BUFFER).is_by_stability


def test_a_refill_after_its_alarm_wastes_nothing_and_saves_nothing():
    late = refill("1.5", low_day=15)

    assert (late.wasted_ml, late.days_early(LONDON)) == (Decimal(0), 0)


def test_what_was_not_measured_or_has_no_date_is_not_counted_as_nothing_wasted():
    found = waste([refill("4.5"), refill(None), refill("3", low_day=None)], LONDON)

    assert (found.refills, found.measured, found.days, found.ml) == (3, 2, 20, Decimal("3.5"))
    assert waste([], LONDON).ml == 0
