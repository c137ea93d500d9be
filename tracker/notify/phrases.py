"""How a message says a date, a count and a rule: plain, exact, rather earlier than later."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from tracker.domain.danger import Rule

PERMANENT_NOTICE = (
    "Administrative tool. Not a medical device. Does not read or change the pump. Dates are "
    "estimates from data entered by clinic staff; the pump programmer's printed dates and the "
    "clinician's judgement take precedence. Not for emergency use."
)

RULE_WORDS = {
    Rule.ALARM_LESS_BUFFER: "the low-reservoir alarm date less the clinic's buffer",
    Rule.ALARM_AT_RAISED_FLOW: "the low-reservoir alarm date at a raised flow",
    Rule.PRINTED_ALARM_LESS_BUFFER: "the printed alarm date less the clinic's buffer",
    Rule.DRUG_LIMIT: "the time limit of the drug in the reservoir",
    Rule.FIRST_FILL_LIMIT: "the time limit of a first fill",
    Rule.BEYOND_USE: "the beyond-use date of the fill",
    Rule.CLINIC_INTERVAL: "the clinic's longest interval between refills",
    Rule.END_OF_SERVICE: "the end of the pump's service",
    Rule.EARLIEST_EMPTY: "the earliest credible empty date",
    Rule.SERVICE_LIFE: "the service life counted from the implant",
    Rule.REPLACEMENT_INDICATOR: "the elective replacement indicator",
    Rule.PROGRAMMER_ESTIMATE: "the programmer's own battery estimate",
}


def day_of(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def in_words(day: date) -> str:
    """12 Mar 2027."""
    return f"{day.day} {day:%b %Y}"


def days_left(at: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """Whole calendar days of the clinic: "9 days left", "today", "3 days late"."""
    days = (day_of(at, zone) - day_of(now, zone)).days
    if days == 0:
        return "today"
    unit = "day" if abs(days) == 1 else "days"
    return f"{days} {unit} left" if days > 0 else f"{-days} {unit} late"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
