"""Dates as people write them: read where they can mean one day, refused where they mean two."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from tracker.domain.calendar import MONTHS, YEARS, instant, parse_time
from tracker.domain.errors import TrackerError

GERMAN = (
    *("januar", "februar", "märz", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "dezember"),
)
AUSTRIAN = {"jänner": 1, "feber": 2, "maerz": 3, "mrz": 3, "sept": 9}
WEEKDAYS = re.compile(
    r"(mon|tues?|wed(nes)?|thu(rs?)?|fri|sat(ur)?|sun)(day)?\.?,?\s+"
    r"|(mo|di|mi|do|fr|sa|so|(mon|diens|donners|frei|sams|sonn)tag|mittwoch)\.?,?\s+",
    re.IGNORECASE,
)
FIGURES = re.compile(r"([0-9]{1,4})\s?([/.\-])\s?([0-9]{1,2})\s?\2\s?([0-9]{1,4})")
DAY_FIRST = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|\.)?[ \-/]*([^\W\d_]+)\.?,?[ \-/]*([0-9]{2,4})"
)
MONTH_FIRST = re.compile(
    r"([^\W\d_]+)\.?[ \-]*([0-9]{1,2})(?:st|nd|rd|th)?,?[ \-]+([0-9]{2,4})"
)
YEAR_FIRST = re.compile(r"([0-9]{4})[ \-/]([^\W\d_]+)\.?[ \-/]([0-9]{1,2})")
COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
WITH_TIME = re.compile(
    r"(.+?[0-9])(?:\s*,?\s+(?:at |um )?|T)"
    r"([0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?|[0-9]{1,2}(?=\s*[ap]\.?m))"
    r"\s*([ap]\.?m\.?|uhr|h|z|utc|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
ORDER_NAMES = {"DMY": "day, month, year", "MDY": "month, day, year", "YMD": "year, month, day"}
FIRST_PUMP = 1980  # ours: no implanted pump was refilled before
LONGEST_LIFE = 120  # years; ours


class NoDay(TrackerError):
    """A date that can't be read, or can be read in two ways."""

    code = "unclear_date"


@dataclass(frozen=True, slots=True)
class Span:
    """The years that a date of two figures may lie in; the last is that of today."""

    first: int
    last: int


def parse_day(text: str, order: str | None, span: Span) -> date:
    """The day that was written. Raises NoDay, with what would make it clear."""
    plain = unicodedata.normalize("NFKC", text).strip()
    named = WEEKDAYS.match(plain)
    bare = plain[named.end() :] if named else plain
    if found := COMPACT.fullmatch(bare):
        return _day(text, int(found[1]), int(found[2]), int(found[3]))
    if found := FIGURES.fullmatch(bare):
        return _figures(text, found[1], found[3], found[4], order, span)
    for pattern, places in (
        (DAY_FIRST, (3, 2, 1)),
        (MONTH_FIRST, (3, 1, 2)),
        (YEAR_FIRST, (1, 2, 3)),
    ):
        if (found := pattern.fullmatch(bare)) and (month := _month(found[places[1]])):
            year = _year(text, found[places[0]], span)
            return _day(text, year, month, int(found[places[2]]))
    raise NoDay(f"{_short(text)} is not a date")


def _figures(
    text: str, first: str, second: str, third: str, order: str | None, span: Span
) -> date:
    if len(first) > 2:
        if len(first) == 3 or len(third) > 2:
            raise NoDay(f"{_short(text)} is not a date")
        return _day(text, int(first), int(second), int(third))
    if order == "YMD" and len(third) <= 2:
        return _day(text, _year(text, first, span), int(second), int(third))
    if len(third) not in (2, 4):
        raise NoDay(f"{_short(text)} is not a date")
    if order == "YMD":
        raise NoDay(f"{_short(text)} is no date in the order {ORDER_NAMES[order]}")
    year = _year(text, third, span)
    days = {
        name: found
        for name, (day, month) in (
            ("DMY", (int(first), int(second))),
            ("MDY", (int(second), int(first))),
        )
        if (found := _made(year, month, day)) is not None
    }
    return _chosen(text, days, order)


def _chosen(text: str, days: dict[str, date], order: str | None) -> date:
    if not days:
        raise NoDay(f"{_short(text)} is not a date: there is no such day")
    if order is not None:
        if order not in days:
            raise NoDay(f"{_short(text)} is no date in the order {ORDER_NAMES[order]}")
        return days[order]
    if len(set(days.values())) > 1:
        either = " or ".join(f"{one.day} {one:%B}" for one in days.values())
        raise NoDay(f"{_short(text)} is {either}: the order of dates was not said")
    return next(iter(days.values()))


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(text: str, year: int, month: int, day: int) -> date:
    found = _made(year, month, day)
    if found is None:
        raise NoDay(f"{_short(text)} is not a date: there is no such day")
    if found.year not in YEARS:
        raise NoDay(f"{_short(text)} lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return found


def _year(text: str, typed: str, span: Span) -> int:
    """The year; of two figures only where one century alone is possible."""
    if len(typed) == 4:
        year = int(typed)
        if year not in YEARS:
            raise NoDay(f"{_short(text)} lies outside the years {YEARS[0]} to {YEARS[-1]}")
        return year
    if len(typed) != 2:
        raise NoDay(f"{_short(text)} is not a date")
    possible = [
        century + int(typed)
        for century in (1900, 2000)
        if span.first <= century + int(typed) <= span.last
    ]
    if len(possible) != 1:
        either = " or ".join(str(one) for one in possible) or "no year that is possible"
        raise NoDay(f"{_short(text)} has a year of two figures, which is {either}")
    return possible[0]


def _month(name: str) -> int | None:
    folded = name.casefold()
    if folded in AUSTRIAN:
        return AUSTRIAN[folded]
    found = {
        number
        for names in (MONTHS, GERMAN)
        for number, full in enumerate(names, start=1)
        if len(folded) >= 3 and full.startswith(folded)
    }
    return found.pop() if len(found) == 1 else None


def split_time(text: str) -> tuple[str, str, str]:
    """A date with a time of day: the date, the time, and what stands after it."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = WITH_TIME.fullmatch(plain)
    if found is None:
        return text, "", ""
    return found[1], found[2], (found[3] or "").casefold().replace(".", "")


def clock_time(typed: str, after: str = "") -> time:
    """A time of day, of 24 hours or with am and pm. Raises NoDay."""
    parts = re.split("[:.,]", typed)
    hour, minute = int(parts[0]), int(parts[1]) if len(parts) > 1 else 0
    if after in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise NoDay(f"{typed} {after} is not a time of day")
        hour = hour % 12 + (12 if after == "pm" else 0)
    try:
        return parse_time(f"{hour}:{minute:02}")
    except TrackerError:
        raise NoDay(f"{typed} is not a time of day") from None


def at_wall(local: datetime, zone: ZoneInfo, after: str = "") -> datetime:
    """The instant of a wall time; one with an offset of its own is clear. Raises NoDay."""
    if after in ("z", "utc"):
        return local.replace(tzinfo=UTC)
    if after[:1] in "+-" and after:
        return datetime.fromisoformat(f"{local.isoformat()}{after}").astimezone(UTC)
    try:
        return instant(local, zone)
    except TrackerError as refused:
        raise NoDay(refused.message.rstrip(".")) from None


def spans(today: date) -> Iterator[tuple[str, Span]]:
    """Which years two figures may mean, for each kind of date."""
    yield "birth_date", Span(today.year - LONGEST_LIFE, today.year)
    yield "refilled_on", Span(FIRST_PUMP, today.year)
    yield "refilled_at", Span(FIRST_PUMP, today.year)
    yield "low_alarm_date", Span(FIRST_PUMP, today.year + 50)


def _short(text: str) -> str:
    return text.strip()[:40]
