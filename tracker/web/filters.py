"""Filters: how a value is written on a page. Days and hours are the clinic's own."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from flask import Flask, g
from markupsafe import Markup

from tracker.domain.bridge import duration_words
from tracker.domain.doses import DoseChange, DrugDose
from tracker.domain.doses import compared as compared_doses
from tracker.domain.drift import Drift, Lean
from tracker.domain.message import is_unsent
from tracker.domain.units import format_number
from tracker.domain.urgency import told_stop
from tracker.domain.wording import days_away, write_day
from tracker.services.numbers import readable
from tracker.web.message_words import message_words, next_words, sending_words
from tracker.web.words import alarm_words, words_for

MCG_PER_MG = 1000
BOUND = "\N{NO-BREAK SPACE}"  # no line ends between a number and its unit
Number = Decimal | Fraction | int


def local_day(value: datetime | date) -> date:
    """The clinic's calendar day of an instant: any hour of a day is that day."""
    return value.astimezone(g.clinic.zone).date() if isinstance(value, datetime) else value


def plain_day(value: datetime | date | None) -> str:
    """A day without mark-up, for use within a sentence."""
    return "not recorded" if value is None else write_day(local_day(value))


def day(value: datetime | date | None) -> str:
    if value is None:
        return "not recorded"
    shown = local_day(value)
    return Markup('<time datetime="{}">{}</time>').format(shown.isoformat(), write_day(shown))


def call_again(value: date, today: date) -> str:
    """When somebody is to be called again, as due from its day on."""
    days = (value - today).days
    if days == 0:
        return "call again today"
    return f"call again {'since' if days < 0 else 'on'} {write_day(value)}"


def begin(text: str) -> str:
    """The words with a capital first; the rest, a month among it, stays as it is."""
    return text[:1].upper() + text[1:]


def weekday(value: datetime | date) -> str:
    """Monday to Sunday, in the clinic's calendar."""
    return f"{local_day(value):%A}"


def reached(value: datetime | date | None, is_stopped: bool = False) -> str:
    """The day on which a level is reached, where None is "never as it runs now"."""
    if value is None:
        return "never while stopped" if is_stopped else "not as it runs now"
    return day(value)


def plain_moment(value: datetime | None) -> str:
    """A moment without mark-up."""
    if value is None:
        return "not recorded"
    shown = value.astimezone(g.clinic.zone)
    return f"{write_day(shown.date())}, {shown:%H:%M}"


def moment(value: datetime | None) -> str:
    """12 Mar 2027, 14:03, in the clinic's zone."""
    if value is None:
        return "not recorded"
    shown = value.astimezone(g.clinic.zone)
    text = plain_moment(value)
    return Markup('<time datetime="{}">{}</time>').format(shown.isoformat(), text)


def rounded(value: Number, places: int) -> Decimal:
    """`value` cut to so many places for showing; kept figures are never rounded."""
    scale = 10**places
    return Decimal(round(Fraction(value) * scale)).scaleb(-places)


def ml(value: Number | None) -> str:
    """A volume to 0.1 mL, or finer where it was recorded finer (a syringe shows 0.1 mL)."""
    if value is None:
        return "not recorded"
    shown = rounded(value, 1) if isinstance(value, Fraction) else Decimal(value)
    return f"{format_number(shown)}{BOUND}mL"


def rough_ml(value: Number | None) -> str:
    """A reckoned volume to 0.1 mL, which is as fine as a syringe shows it."""
    return ml(None if value is None else Fraction(value))


def signed_ml(value: Number | None) -> str:
    if value is None:
        return "not recorded"
    shown = rounded(value, 1)
    sign = "+" if shown > 0 else "\u2212" if shown < 0 else ""
    return f"{sign}{ml(abs(shown))}"


def signed_days(value: Number | None) -> str:
    """A span in days to one place, with its sign."""
    if value is None:
        return "not known"
    shown = rounded(value, 1)
    sign = "+" if shown > 0 else "\u2212" if shown < 0 else ""
    return f"{sign}{format_number(abs(shown))}{BOUND}{'day' if abs(shown) == 1 else 'days'}"


def both_units(value: Number | None, per: str) -> str:
    """An amount of drug in mcg and in mg, so that a slip of a thousand is seen."""
    if value is None:
        return "not recorded"
    exact = value if isinstance(value, Decimal) else rounded(value, 4)
    in_mg = format_number(exact / MCG_PER_MG)
    return f"{format_number(exact)}{BOUND}mcg{per} ({in_mg}{BOUND}mg{per})"


def concentration(value: Number | None) -> str:
    return both_units(value, "/mL")


def dose(value: Number | None) -> str:
    return both_units(value, "/day")


def flow(value: Number | None) -> str:
    return (
        "not recorded" if value is None else f"{format_number(rounded(value, 4))}{BOUND}mL/day"
    )


def span(minutes: Decimal) -> str:
    """How long a bolus lasts, in hours and minutes."""
    if minutes == 0:
        return "at once"
    hours, left = divmod(max(1, int(minutes)), 60)
    parts = (f"{hours} hour{'s' if hours != 1 else ''}" if hours else "", f"{left} minutes")
    return "over " + " ".join(part for part in parts if part and part != "0 minutes")


def took(span: timedelta | None) -> str:
    """How long it took, to the minute below a day: 2 h 05 min."""
    if span is None:
        return "not yet"
    minutes = int(span.total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} day{'s' if days != 1 else ''} {hours} h"
    return f"{hours} h {left:02} min" if hours else f"{left} min"


def mass(value: Number | None) -> str:
    """An amount of drug in both units."""
    return both_units(value, "")


def bridge_ml(value: Number) -> str:
    """The volume of a bridge to a thousandth, as programmers show it."""
    return f"{format_number(rounded(value, 3))}{BOUND}mL"


def hours_minutes(minutes: Fraction) -> str:
    """A duration in hours and whole minutes, never longer than it is."""
    return duration_words(minutes).replace(" ", BOUND)


def signed_percent(share: Fraction) -> str:
    """A change as a percentage with its sign, to one place."""
    shown = rounded(share * 100, 1)
    sign = "+" if shown > 0 else "\u2212" if shown < 0 else ""
    return f"{sign}{format_number(abs(shown))}{BOUND}%"


def moved_to(before: datetime, after: datetime) -> str:
    """By how many days of the clinic a date moves, and which way."""
    days = (local_day(after) - local_day(before)).days
    if days == 0:
        return f"{'later' if after > before else 'earlier'} on the same day"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return f"{count} {'later' if days > 0 else 'earlier'}"


def compared(new: Sequence[DrugDose], old: Sequence[DrugDose]) -> tuple[DoseChange, ...]:
    """Each drug's dose beside what it was."""
    return compared_doses(old, new)


def percent(value: Number | None) -> str:
    """A ratio as a percentage, to one place."""
    return "not known" if value is None else f"{format_number(rounded(value * 100, 1))} %"


def number(value: Number | None) -> str:
    return "not recorded" if value is None else format_number(value)


def drift_words(found: Drift) -> str:
    """How far a pump leans, over how many refills, and how likely that is by chance."""
    odds = f"By chance alone about one pump in {int(1 / found.chance)} would look so."
    share = percent(abs(found.shift))
    if found.lean in (Lean.FASTER, Lean.SLOWER):
        way = "more" if found.lean is Lean.FASTER else "less"
        return f"About {share} {way} with each of the last {found.refills} refills. {odds}"
    way = "more" if found.lean is Lean.FAST else "less"
    return (
        f"About {share} {way} than programmed, by the median of the last {found.refills}"
        f" refills. {odds}"
    )


def stopped_for(since: datetime) -> str:
    """How long a pump has been stopped by now, beside the 48 hours."""
    return told_stop(since, now=g.now)


def days_number(value: Fraction | None) -> str:
    """A count of days to a hundredth, never more than it is; None has no end."""
    return "no end" if value is None else format_number(Decimal(value * 100 // 1) / 100)


def days_left(value: datetime | date | None, today: date) -> str:
    """How far off a day is, in words."""
    if value is None:
        return "no date"
    return days_away((local_day(value) - today).days, "in {}")


def words(code: StrEnum | None) -> str:
    return words_for(code)


def slug(code: StrEnum) -> str:
    """A code as a class name of the style sheet."""
    return str(code.value).replace("_", "-")


def without(arguments: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The address's arguments but `names`: for links that change one filter."""
    return {key: value for key, value in arguments.items() if key not in names and value}


def init_app(app: Flask) -> None:
    """Make the filters known to the templates."""
    for one in (
        *(local_day, day, plain_day, weekday, reached, moment, plain_moment, ml, rough_ml),
        *(signed_ml, signed_days, drift_words),
        *(
            concentration,
            mass,
            bridge_ml,
            hours_minutes,
            compared,
            signed_percent,
            moved_to,
            dose,
            flow,
            percent,
            number,
            readable,
        ),
        *(
            begin,
            call_again,
            days_left,
            days_number,
            stopped_for,
            words,
            message_words,
            next_words,
        ),
        *(is_unsent, sending_words, slug, without, alarm_words, took),
    ):
        app.jinja_env.filters[one.__name__] = one
