"""How a rule, a day and a distance are said, alike on pages and in messages."""

from datetime import date

from tracker.domain.facts import Rule
from tracker.domain.languages import ENGLISH, language_of

# Without an article: a sentence says "the" before it.
RULE_WORDS = {
    Rule.ALARM_LESS_BUFFER: "low-reservoir date less the clinic's buffer",
    Rule.ALARM_AT_RAISED_FLOW: "low-reservoir date at a raised flow",
    Rule.PRINTED_ALARM_LESS_BUFFER: "programmer's printed alarm date less the buffer",
    Rule.DRUG_LIMIT: "limit of the drug in the pump",
    Rule.FIRST_FILL_LIMIT: "limit of the drug after the first fill",
    Rule.BEYOND_USE: "beyond-use date on the pharmacy's label",
    Rule.CLINIC_INTERVAL: "clinic's longest interval",
    Rule.END_OF_SERVICE: "end of service of the battery",
    Rule.EARLIEST_EMPTY: "earliest credible empty date",
    Rule.SERVICE_LIFE: "maker's service life",
    Rule.REPLACEMENT_INDICATOR: "replacement indicator (ERI)",
    Rule.PROGRAMMER_ESTIMATE: "programmer's battery estimate",
}


def write_day(day: date, language: str = ENGLISH) -> str:
    """12 Mar 2027: the month is spelled out, so that its order can't be mistaken."""
    return language_of(language).write_day(day)


def days_away(days: int, ahead: str) -> str:
    """So many days from today: "today", "3 days late", or `ahead` with "9 days" put in."""
    if days == 0:
        return "today"
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    return ahead.format(count) if days > 0 else f"{count} late"
