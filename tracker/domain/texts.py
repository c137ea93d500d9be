"""The messages that there are, which blanks each has, and a clinic's own words for them.

A clinic's words hold blanks, `{{ clinic }}`, and nothing else that is acted on: there is no
expression, no call and no condition in them, and so nothing to break out of.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.domain.errors import TrackerError
from tracker.domain.languages import ENGLISH, LANGUAGES

# What fits its place: a subject that is shown whole, a letter of two pages, three text
# messages. Ours: longer ones are not read.
LONGEST = {"subject": 150, "body": 4000, "sms": 459}
PARTS = tuple(LONGEST)
BLANK = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")

BLANKS = {
    "clinic": "the clinic's name",
    "clinic_phone": "its telephone number",
    "to_name": "the name of the reader",
    "given_name": "the patient's given name",
    "weekday": "the day of the week of the visit",
    "by": "the day of the visit, or the refill-by date",
    "by_time": "the time of the visit",
    "until": "how far off the visit is: in 2 days",
    "who": "the patient's initials and the number of the pump",
    "left": "how many days are left",
    "nth": "which notice it is: 3rd notice",
    "again": "a word that this is not the first: Once more, (empty the first time)",
    "today": "the day on which it is sent",
    "dry_on": "the earliest credible empty date",
    "rule": "where the date comes from",
    "explanation": "what the watch says of itself",
    "link": "the address of the page",
}
TO_ANYBODY = ("clinic", "clinic_phone")
# A surname may be part of them, so they are no blank of a subject or a text message.
LETTER_ONLY = frozenset({"to_name", "link", "explanation", "rule"})


@dataclass(frozen=True, slots=True)
class Text:
    """One message: its blanks, and those that each of its parts must fill."""

    name: str
    to_patient: bool
    blanks: tuple[str, ...]
    needed: tuple[str, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """Those in which words for it come with the program."""
        return tuple(LANGUAGES) if self.to_patient else (ENGLISH,)

    def blanks_of(self, part: str) -> tuple[str, ...]:
        return tuple(one for one in self.blanks if part == "body" or one not in LETTER_ONLY)

    def needed_in(self, part: str) -> tuple[str, ...]:
        """What may not be left out: who writes and where to call; when; which notice it is."""
        return () if part == "subject" and self.to_patient else self.needed


def _to_staff(name: str, *more: str) -> Text:
    about = ("who", "nth", *more, "explanation", "today", "link")
    return Text(name, False, (*TO_ANYBODY, "to_name", *about), ("who", "nth"))


DATED = ("left", "by", "dry_on", "rule")
PATIENTS = ("to_name", "given_name", "again")
VISIT = ("by", "by_time")

TEXTS = {
    text.name: text
    for text in (
        Text("refill_please_book", True, (*TO_ANYBODY, *PATIENTS), TO_ANYBODY),
        Text(
            "visit_reminder",
            True,
            (*TO_ANYBODY, *PATIENTS, "weekday", *VISIT, "until"),
            (*TO_ANYBODY, *VISIT),
        ),
        _to_staff("refill_book", *DATED),
        _to_staff("refill_late", *DATED),
        _to_staff("refill_dry", *DATED),
        _to_staff("battery_replace", *DATED),
        _to_staff("mismatch", *DATED),
        _to_staff("no_data"),
        _to_staff("pump_stopped"),
        _to_staff("interrogation_due"),
        _to_staff("assessment_due"),
        _to_staff("flow_raised"),
        _to_staff("refill_disputed"),
        _to_staff("review_due"),
        _to_staff("visit_unconfirmed", *VISIT),
        _to_staff("visit_unsettled", *VISIT),
    )
}
TO_PATIENTS = frozenset(name for name, text in TEXTS.items() if text.to_patient)


class WrongBlank(TrackerError):
    """A text with a blank that there isn't, or without one that it needs."""

    code = "wrong_blank"


def check_blanks(text: Text, part: str, words: str) -> list[str]:
    """What is wrong with the blanks of one part, in sentences."""
    if len(words) > LONGEST[part]:
        return [f"Use at most {LONGEST[part]} characters."]
    allowed, used = text.blanks_of(part), BLANK.findall(words)
    wrong = [f"There is no blank {{{{ {one} }}}} here." for one in used if one not in allowed]
    if re.search(r"\{\{|\}\}|\{%|\{#", BLANK.sub("", words)):
        wrong.append("A blank is written {{ name }}, with a name of the list.")
    missing = [one for one in text.needed_in(part) if one not in used]
    wrong += [f"It must say {BLANKS[one]}: {{{{ {one} }}}}." for one in missing]
    if part != "body" and "\n" in words.strip():
        wrong.append("Write it in one line.")
    return wrong


def fill(words: str, facts: Mapping[str, Any]) -> str:
    """The words with their blanks filled in. Raises WrongBlank for one that there isn't."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in facts or found[1] not in BLANKS:
            raise WrongBlank(f"There is no blank {{{{ {found[1]} }}}}.")
        return str(facts[found[1]])

    return BLANK.sub(value, words).strip()
