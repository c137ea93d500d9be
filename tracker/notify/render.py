"""A notice in words: a folder of templates for each message, and what they may say.

Templates are given initials and a number, days and dates: no surname, drug, dose or diagnosis.
What reaches a subject or a short message all the same is refused.
"""

import re
from calendar import month_abbr
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tracker.domain.outgoing import Notice, UnfitWords, Words
from tracker.domain.wording import RULE_WORDS, write_day
from tracker.notify.digest import digest_words
from tracker.notify.phrases import (
    PERMANENT_NOTICE,
    day_of,
    days_left,
    ordinal,
)

FOLDER = Path(__file__).parents[2] / "templates" / "messages"

DOSE = re.compile(r"\b\d[\d.,]*\s*(mcg|µg|mg|ml|mL)\b|\b(mcg|mg)/", re.IGNORECASE)
DRUGS_AND_DIAGNOSES = re.compile(
    r"\b(baclofen|morphine|hydromorphone|fentanyl|sufentanil|ziconotide|clonidine|bupivacaine"
    r"|spasticity|dystonia|cancer|palsy|sclerosis|withdrawal)\b",
    re.IGNORECASE,
)
GSM7 = re.compile(
    r"[A-Za-z0-9 \n@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüà]*"
)
SAID_BY_US = frozenset(("day", "days", "left", "late", "today", "notice", "pump")) | {
    month.casefold() for month in month_abbr if month
}
SEGMENT = 160  # characters of one short message in the GSM alphabet


class Renderer:
    """Turns notices into words; `public_url` is where a link to a page begins."""

    def __init__(self, public_url: str, folder: Path = FOLDER) -> None:
        self._url = public_url.rstrip("/")
        self._templates = _environment(folder)

    def words(self, notice: Notice, *, now: datetime) -> Words:
        """The message in words. Raises UnfitWords where it may not be said so openly."""
        facts = _facts(notice, self._url, now=now)
        texts = {
            part: self._templates.get_template(f"{notice.template}/{part}")
            .render(facts)
            .strip()
            for part in ("subject.txt", "body.txt", "body.html", "sms.txt")
        }
        words = Words(
            subject=" ".join(texts["subject.txt"].split()),
            body=texts["body.txt"] + "\n",
            html=texts["body.html"] + "\n",
            sms=texts["sms.txt"],
        )
        for text in (words.subject, words.sms):
            _refuse_unfit(text, notice)
        return words

    def digest(self, said: Sequence[tuple[Notice, Words]], *, now: datetime) -> Words:
        """Several notices to one person as one message."""
        return digest_words(said, self._url, now=now)


def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _facts(notice: Notice, url: str, *, now: datetime) -> Mapping[str, Any]:
    """All that a template may speak of."""
    zone = notice.zone
    danger, dry = notice.danger_at, notice.dry_at
    return {
        "clinic": notice.clinic_name,
        "clinic_phone": notice.clinic_phone,
        "to_name": notice.to_name,
        "given_name": notice.given_name,
        "who": f"{notice.initials}, pump {notice.pump_id}"
        if notice.pump_id
        else notice.clinic_name,
        "nth": f"{ordinal(notice.nth)} notice",
        "left": days_left(danger, zone, now=now) if danger else "",
        "is_late": danger is not None and danger <= now,
        "by": write_day(day_of(danger, zone)) if danger else "",
        "by_time": f"{danger.astimezone(zone):%H:%M}" if danger else "",
        "today": write_day(day_of(now, zone)),
        "dry_on": write_day(day_of(dry, zone)) if dry else "",
        "is_dry": dry is not None and dry <= now,
        "rule": f"the {RULE_WORDS[notice.binding_rule]}" if notice.binding_rule else "",
        "explanation": notice.explanation,
        "note": notice.note,
        "link": f"{url}/pumps/{notice.pump_id}" if notice.pump_id else f"{url}/",
        "zone": zone.key,
        "permanent_notice": PERMANENT_NOTICE,
    }


def _refuse_unfit(text: str, notice: Notice) -> None:
    said = text.replace(notice.clinic_name, "")  # a clinic may be called what it likes
    if DOSE.search(said) or DRUGS_AND_DIAGNOSES.search(said):
        raise UnfitWords("A subject or short message may name no drug, dose or diagnosis.")
    for never in notice.never_say:
        for word in re.findall(r"[^\W\d_]{3,}", never):
            if word.casefold() not in _own_words(notice.template) and _has_word(said, word):
                raise UnfitWords("A subject or short message may name no surname and no drug.")


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None


@lru_cache(maxsize=64)
def _own_words(template: str) -> frozenset[str]:
    """The words of the template itself: a patient called Day is not named by "3 days"."""
    texts = [(FOLDER / template / part).read_text() for part in ("subject.txt", "sms.txt")]
    found = {word.casefold() for text in texts for word in re.findall(r"[^\W\d_]+", text)}
    return frozenset(found | SAID_BY_US)
