"""The steps of a day as bars, and in words; what 24 hours give."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tracker.domain.day_patterns import DayPattern, DayTotal, Span, day_patterns, totals
from tracker.domain.infusion import BolusUse, Programme
from tracker.domain.units import format_number
from tracker.models import Pump
from tracker.web.doses import DAYS
from tracker.web.entries import last_programme, last_refill
from tracker.web.filters import dose, flow, rounded
from tracker.web.picture import place

WIDTH, HEIGHT, TOP, BOTTOM = 480, 118, 20, 22
MINUTES_PER_DAY = 1440
HOURS_MARKED = (0, 6, 12, 18, 24)
MARGIN = 12  # so that the first and the last hour are not cut off
NARROW = MINUTES_PER_DAY // 12  # a step that is shorter than two hours bears no number


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: where it stands on the paper, and its rate above it."""

    x: str
    y: str
    width: str
    height: str
    middle: str
    words: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day pattern with its name, its picture and its words."""

    name: str
    total: str
    words: str
    bars: tuple[Bar, ...]
    hours: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DayShown:
    """What 24 hours give, and each different day of the week."""

    total: str
    with_boluses: str
    days: tuple[Day, ...]


def shown_day(programme: Programme | None, strength: Decimal | None) -> DayShown | None:
    """A programme at this concentration of the primary drug; None where nothing can be said."""
    if programme is None:
        return None
    found = totals(programme, strength)
    if found is None:
        return None
    most = found.get(BolusUse.MAXIMUM)
    return DayShown(
        _amounts(found[BolusUse.NONE]),
        _amounts(most) if most else "",
        tuple(_day(one) for one in day_patterns(programme, strength)),
    )


def day_of_pump(pump: Pump) -> DayShown | None:
    """The programme that is newest on record, out of the last fill."""
    programme, last = last_programme(pump), last_refill(pump)
    strength = last.drugs[0].concentration_mcg_per_ml if last else None
    return shown_day(programme.as_programme() if programme else None, strength)


def _amounts(total: DayTotal) -> str:
    volume = f", {flow(total.ml)}" if total.ml is not None else ""
    return f"{dose(total.mcg)}{volume}"


def _day(pattern: DayPattern) -> Day:
    highest = max(one.mcg_per_hour for one in pattern.spans) or Fraction(1)
    return Day(
        _name(pattern.weekdays),
        _amounts(DayTotal(pattern.mcg_per_day, pattern.ml_per_day)),
        ", ".join(f"from {_hour(one.start_minutes)} {_rate(one)}" for one in pattern.spans),
        tuple(_bar(one, highest) for one in pattern.spans),
        tuple((_x(hour * 60), f"{hour:02}") for hour in HOURS_MARKED),
    )


def _name(weekdays: tuple[int, ...]) -> str:
    if len(weekdays) == len(DAYS):
        return "Every day"
    first, last = weekdays[0], weekdays[-1]
    if len(weekdays) > 2 and last - first + 1 == len(weekdays):
        return f"{DAYS[first]} to {DAYS[last]}"
    return ", ".join(DAYS[day] for day in weekdays)


def _bar(span: Span, highest: Fraction) -> Bar:
    tall = span.mcg_per_hour / highest * (HEIGHT - TOP - BOTTOM)
    lasts = span.end_minutes - span.start_minutes
    return Bar(
        _x(span.start_minutes),
        place(HEIGHT - BOTTOM - tall),
        place(_scale(lasts)),
        place(tall),
        _x(span.start_minutes + lasts // 2),
        format_number(rounded(span.mcg_per_hour, 2)) if lasts >= NARROW else "",
    )


def _scale(minutes: int) -> Fraction:
    return Fraction(minutes * (WIDTH - 2 * MARGIN), MINUTES_PER_DAY)


def _x(minutes: int) -> str:
    return place(MARGIN + _scale(minutes))


def _hour(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _rate(span: Span) -> str:
    return f"{format_number(rounded(span.mcg_per_hour, 4))} mcg/h"
