"""The figures of a quality meeting: each from a list of what was done, with its definition."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from zoneinfo import ZoneInfo

from tracker.domain.residual import Grade, compare

NEAR_MISS_DAYS = 3  # ours: fewer days left than a clinic's buffer may ever have (DESIGN 7)
# Days left at a refill, as they are counted together; ours: a clinic's buffer is a week.
STRETCHES = ((0, 2), (3, 6), (7, 13), (14, 27), (28, None))
WEEKS = 12  # ours: as far as a clinic books


@dataclass(frozen=True, slots=True)
class RefillDone:
    """A refill that ended a watch: what it was to be done by, and what was found."""

    pump_id: int
    patient: str
    serial: str
    filled_at: datetime
    refill_by_at: datetime | None
    expected_ml: Decimal | None = None
    measured_ml: Decimal | None = None
    after_fill_before_ml: Decimal | None = None

    def days_left(self, zone: ZoneInfo) -> int | None:
        """Whole days of the clinic from the refill to refill-by; below 0 it was late."""
        if self.refill_by_at is None:
            return None
        done = self.filled_at.astimezone(zone).date()
        return (self.refill_by_at.astimezone(zone).date() - done).days

    @property
    def is_on_time(self) -> bool | None:
        """Whether it was done by refill-by; None where there was no date to keep."""
        return None if self.refill_by_at is None else self.filled_at <= self.refill_by_at

    @property
    def grade(self) -> Grade | None:
        """How far what was found was from what was expected; None where one wasn't recorded."""
        before, expected, found = self.after_fill_before_ml, self.expected_ml, self.measured_ml
        if before is None or expected is None or found is None:
            return None
        return compare(before, expected, found).grade


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; `percent` is None where there were none at all."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        return None if self.whole == 0 else round(100 * self.part / self.whole)


def on_time(done: Iterable[RefillDone]) -> Share:
    """Refills done by refill-by, of all that had a date to keep."""
    kept = [one.is_on_time for one in done if one.is_on_time is not None]
    return Share(sum(kept), len(kept))


def near_misses(
    done: Iterable[RefillDone], zone: ZoneInfo, *, days: int = NEAR_MISS_DAYS
) -> list[RefillDone]:
    """Refills in time, and with fewer than so many days left; the nearest first."""
    found = [
        (left, one)
        for one in done
        if one.is_on_time and (left := one.days_left(zone)) is not None
        if left < days
    ]
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def by_days_left(done: Iterable[RefillDone], zone: ZoneInfo) -> list[tuple[str, int]]:
    """How many refills were late, and how many done with how many days left, by stretches."""
    counted = list(done)
    late = sum(one.is_on_time is False for one in counted)
    left = [one.days_left(zone) or 0 for one in counted if one.is_on_time]
    return [
        ("late", late),
        *(
            (
                _stretch(low, high),
                sum(low <= days and (high is None or days <= high) for days in left),
            )
            for low, high in STRETCHES
        ),
    ]


def _stretch(low: int, high: int | None) -> str:
    return f"{low} or more" if high is None else f"{low} to {high}"


def middle(numbers: Sequence[int]) -> int | None:
    """The median, rounded down to the worse side; None of nothing."""
    return int(median(numbers) // 1) if numbers else None


def middle_span(spans: Sequence[timedelta]) -> timedelta | None:
    """The median of times that passed; None of nothing."""
    seconds = [one.total_seconds() for one in spans]
    return timedelta(seconds=median(seconds)) if seconds else None


def discrepancies(done: Iterable[RefillDone]) -> Counter[Grade]:
    """How many refills found what was expected, and how many not, by grade."""
    return Counter(one.grade for one in done if one.grade is not None)


def by_week(days: Iterable[date], *, today: date) -> list[tuple[date, int]]:
    """How many of `days` fall into each of the coming weeks, by the week's Monday.

    What is late already belongs to the week of today: it is work of now.
    """
    first = today - timedelta(days=today.weekday())
    weeks = [first + timedelta(weeks=number) for number in range(WEEKS)]
    counted = Counter(max(day - timedelta(days=day.weekday()), first) for day in days)
    return [(week, counted[week]) for week in weeks]
