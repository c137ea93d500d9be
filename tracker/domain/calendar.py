"""Wall times, days and opening days: where people's calendars meet absolute time."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.errors import (
    AmbiguousLocalTime,
    NonexistentLocalTime,
    TrackerError,
    UnclearDate,
)

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
YEARS = range(1900, 2201)  # nobody born before, no date to come after: a slip of the fingers
DAY = timedelta(days=1)
EARLIEST = date(2, 1, 1)  # before this a calendar ends in an overflow
SECOND = timedelta(seconds=1)


def instant(
    local: datetime, zone: ZoneInfo, *, fold: int | None = None, field: str | None = None
) -> datetime:
    """The instant in UTC of a wall time.

    Raises NonexistentLocalTime in the gap of a clock change, and AmbiguousLocalTime in the hour
    that occurs twice unless `fold` (0 or 1) says which pass.
    """
    if local.tzinfo is not None:
        raise TrackerError("A wall time bears no time zone of its own.", field=field)
    try:
        passes = [local.replace(tzinfo=zone, fold=one).astimezone(UTC) for one in (0, 1)]
    except OverflowError:
        raise UnclearDate("That is no time that a clock can show.", field=field) from None
    shown = f"{local:%d %b %Y %H:%M} ({zone.key})"
    if passes[0].astimezone(zone).replace(tzinfo=None) != local.replace(fold=0):
        raise NonexistentLocalTime(
            f"{shown} does not exist: the clocks jump over it.", field=field
        )
    if passes[0] != passes[1] and fold is None:
        raise AmbiguousLocalTime(
            f"{shown} occurs twice: say whether the first or the second is meant.", field=field
        )
    return passes[fold or 0]


def _unclear(text: str, field: str | None) -> UnclearDate:
    return UnclearDate(
        f"“{text.strip()[:40]}” is not a clear date: write 2026-03-12 or 12 Mar 2026.",
        field=field,
    )


def parse_day(text: str, *, field: str | None = None) -> date:
    """The day that was typed: 2026-03-12, 12 Mar 2026, March 12, 2026. Raises UnclearDate.

    Only figures are read where the year stands first; 03/04/2026 means two days. A year outside
    1900 to 2200 is refused.
    """
    day = _read_day(text, field)
    if day.year not in YEARS:
        raise UnclearDate(
            f"“{text.strip()[:40]}” lies outside the years {YEARS[0]} to {YEARS[-1]}.",
            field=field,
        )
    return day


def _read_day(text: str, field: str | None) -> date:
    plain = text.strip()
    figures = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", plain)
    day_first = re.fullmatch(r"([0-9]{1,2})[ -]([A-Za-z]+)\.?,?[ -]([0-9]{4})", plain)
    month_first = re.fullmatch(r"([A-Za-z]+)\.? ([0-9]{1,2}),? ([0-9]{4})", plain)
    try:
        if figures:
            return date(int(figures[1]), int(figures[2]), int(figures[3]))
        if day_first:
            return date(int(day_first[3]), _month(day_first[2]), int(day_first[1]))
        if month_first:
            return date(int(month_first[3]), _month(month_first[1]), int(month_first[2]))
    except ValueError:
        raise _unclear(text, field) from None
    raise _unclear(text, field)


def _month(name: str) -> int:
    """The number of a month by its English name or at least its first three letters."""
    folded = name.casefold()
    for number, full in enumerate(MONTHS, start=1):
        if len(folded) >= 3 and full.startswith(folded):
            return number
    raise ValueError(name)


def parse_time(text: str, *, field: str | None = None) -> time:
    """The time of day that was typed, on the 24-hour clock: 9:05, 21:30. Raises UnclearDate."""
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text.strip())
    if found and int(found[1]) < 24 and int(found[2]) < 60:
        return time(int(found[1]), int(found[2]))
    raise UnclearDate(
        f"“{text.strip()[:40]}” is not a time of day: write 09:30 or 21:30.", field=field
    )


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day in a zone, in UTC, also where clocks jump over midnight."""
    midnight = datetime.combine(day, time(0), tzinfo=zone)
    found = midnight.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return found
    before, after = found - DAY, found + DAY  # the jump lies between: halve until it is found
    while after - before > SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).date() < day:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def add_months(day: date, months: int) -> date:
    """The same day of the month that many months on, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class OpenDays:
    """The days on which a clinic can refill: weekdays (0 is Monday) without closed dates."""

    zone: ZoneInfo
    weekdays: frozenset[int]
    closed: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays & frozenset(range(7)):
            raise TrackerError("A clinic is open on one weekday at least.", field="weekdays")

    def is_open(self, day: date) -> bool:
        """Whether the clinic can refill on this day."""
        return day.weekday() in self.weekdays and day not in self.closed

    def moved_back(self, at: datetime) -> datetime:
        """The instant if its day is open, else the last second of the last open day before.

        Never forward: the pump doesn't wait for the clinic.
        """
        day = at.astimezone(self.zone).date()
        if self.is_open(day):
            return at
        return start_of_day(self._last_open(day) + DAY, self.zone) - SECOND

    def days_before(self, day: date, count: int) -> date:
        """The open day that lies `count` open days before `day`; with 0 the day, if open.

        A day that is closed counts as the last open one before it.
        """
        found = self._last_open(day)
        for _ in range(count):
            found = self._last_open(found - DAY)
        return found

    def _last_open(self, day: date) -> date:
        while not self.is_open(day):
            if day <= EARLIEST:
                raise TrackerError("No open day comes before that time.", field="closed_dates")
            day -= DAY
        return day
