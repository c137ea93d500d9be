"""One pump with forty records: under a millisecond."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from bench.timing import median_ms, report
from tracker.domain.infusion import Bolus, Fill, History, Mode, Programme, Step
from tracker.domain.reservoir import project

BEGIN = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TIMES = 200


def forty_records() -> History:
    """Eight fills, twenty-four programmes of every kind, eight boluses."""
    fills = tuple(
        Fill(BEGIN + 120 * DAY * n, Decimal(40), Decimal(2000 if n % 2 else 1000))
        for n in range(8)
    )
    programmes = tuple(_programme(n, BEGIN + 40 * DAY * n) for n in range(24))
    boluses = tuple(
        Bolus(fill.at, timedelta(hours=15), volume_ml=Decimal("0.3948"), suspends_basal=True)
        for fill in fills
    )
    return History(fills, programmes, boluses)


def _programme(n: int, at: datetime) -> Programme:
    if n % 3 == 0:
        return Programme(at, Mode.SIMPLE, dose_mcg_per_day=Decimal("301.7") + n)
    weekdays = range(7) if n % 3 == 1 else (None,)
    steps = tuple(
        Step(start, Decimal("11.3") + n + (start // 60) % 5 + (day or 0), day)
        for day in weekdays
        for start in (0, 390, 480, 1200)
    )
    return Programme(at, Mode.FLEX, steps=steps, clock_offset=timedelta(hours=1))


def bench_projection() -> None:
    history = forty_records()
    took = median_ms(
        lambda: [project(history, alarm_volume_ml=Decimal(2)) for _ in range(TIMES)], runs=7
    )
    yardstick = median_ms(_fractions, runs=7)
    report(
        "projection of one pump with 40 records",
        ms=took / TIMES,
        bound_ms=1,
        yardstick_1000_fraction_sums_ms=yardstick,
    )


def _fractions() -> None:
    total = Fraction(0)
    for n in range(1, 1001):
        total += Fraction(n % 89, 1440)
