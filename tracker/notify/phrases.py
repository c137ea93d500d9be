"""How a message says a date and a count: plain, exact, rather earlier than later."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from tracker.domain.languages import ENGLISH, language_of

PERMANENT_NOTICE = (
    "Administrative tool. Not a medical device. Does not read or change the pump. Dates are "
    "estimates from data entered by clinic staff; the pump programmer's printed dates and the "
    "clinician's judgement take precedence. Not for emergency use."
)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def days_until(at: datetime, zone: ZoneInfo, *, now: datetime) -> int:
    """Whole calendar days of the clinic from now; negative once the day is over."""
    return (day_of(at, zone) - day_of(now, zone)).days


def days_left(at: datetime, zone: ZoneInfo, language: str = ENGLISH, *, now: datetime) -> str:
    """Whole calendar days of the clinic: "9 days left", "today", "3 days late"."""
    return language_of(language).left(days_until(at, zone, now=now))


def nth_notice(number: int, language: str = ENGLISH) -> str:
    """Which notice it is: "3rd notice", "3. Hinweis"."""
    said = language_of(language).nth
    return said.format(number) if said else f"{ordinal(number)} notice"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
