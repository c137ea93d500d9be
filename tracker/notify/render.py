"""A notice in words: the clinic's own or the shipped ones, in the reader's language.

Templates are given initials and a number, days and dates: no surname, drug, dose or diagnosis.
What reaches a subject or a short message all the same is refused, and of a patient's message
the whole.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from tracker.domain import texts
from tracker.domain.fitness import OPEN_PARTS, lint, spoken, words_of
from tracker.domain.gsm7 import plain
from tracker.domain.languages import ENGLISH, in_order, language_of, missing_note
from tracker.domain.message import Channel
from tracker.domain.outgoing import Notice, UnfitWords, Words
from tracker.domain.unsubscribing import token_for
from tracker.notify.digest import digest_words
from tracker.notify.facts import facts_of
from tracker.notify.folders import FOLDER, environment, place, shipped, source
from tracker.notify.phrases import PERMANENT_NOTICE

SAID_BY_US = frozenset(("day", "days", "left", "late", "today", "notice", "pump"))
OF_EMAIL = ("subject", "body")
OF_TEXT = ("subject", "sms")  # the subject names it in a digest and on our pages
SHORT_NAME = 40  # letters of the clinic's name in a short message, so that it stays one segment
CUTS = (None, SHORT_NAME, 30)  # how much of the clinic's name a template may show


class Renderer:
    """Turns notices into words; `public_url` is where a link to a page begins.

    `secret` signs the link by which a patient ends our e-mails; without it there is none.
    """

    def __init__(self, public_url: str, folder: Path = FOLDER, *, secret: str = "") -> None:
        self.public_url = public_url
        self._url = public_url.rstrip("/")
        self._folder = folder
        self._secret = secret
        self._languages = shipped(folder)
        self._templates = environment(folder)

    def words(self, notice: Notice, *, to_send: bool = False, now: datetime) -> Words:
        """The message in words. Raises UnfitWords where it may not be said so openly.

        A text has its own words alone, which are its `body` too: that is what was said. Only
        what a channel needs is said where it is `to_send`.
        """
        language = self._language(notice)
        facts = facts_of(notice, self._url, language, now=now)
        parts = OF_EMAIL if to_send else texts.PARTS
        parts = OF_TEXT if notice.channel is Channel.SMS else parts
        said = {part: self._said(notice, language, part, facts) for part in parts}
        for part, text in said.items():
            self._refuse_unfit(notice, language, part, text)
        note = "" if notice.is_to_staff else missing_note(notice.languages, language)
        subject, sms = " ".join(said["subject"].split()), plain(said.get("sms", ""))
        if notice.channel is Channel.SMS:
            return Words(subject, sms, "", sms, language=language, note=note)
        is_ours = language == ENGLISH and not notice.own_words.get((language, "body"))
        return Words(
            subject=subject,
            body=said["body"] + "\n",
            html=self._html(notice.template, said["body"], facts, is_ours=is_ours) + "\n",
            sms=sms,
            language=language,
            note=note,
            unsubscribe=self._unsubscribe(notice),
        )

    def with_blanks(self, notice: Notice, language: str, *, now: datetime) -> dict[str, str]:
        """The shipped words with the blanks themselves in them, to write one's own from."""
        if language not in self._languages.get(notice.template, ()):
            return dict.fromkeys(texts.PARTS, "")
        facts = facts_of(notice, self._url, language, now=now)
        facts |= {name: f"{{{{ {name} }}}}" for name in texts.TEXTS[notice.template].blanks}
        return {
            part: self._templates.get_template(place(notice.template, language, part))
            .render(facts)
            .strip()
            .removesuffix(PERMANENT_NOTICE)
            .rstrip("- \n")
            for part in texts.PARTS
        }

    def _language(self, notice: Notice) -> str:
        """The first of the wished ones in which every part can be said."""
        ours = self._languages.get(notice.template, frozenset())
        for one in in_order(*notice.languages):
            if one in ours or all(notice.own_words.get((one, part)) for part in texts.PARTS):
                return one
        return ENGLISH

    def _said(self, notice: Notice, language: str, part: str, facts: Mapping[str, Any]) -> str:
        own = notice.own_words.get((language, part))
        if not own:
            name = place(notice.template, language, part)
            return self._templates.get_template(name).render(facts).strip()
        if part == "sms":
            facts = {**facts, "clinic": notice.clinic_name[:SHORT_NAME].strip()}
        said = texts.fill(own, facts)
        if part == "body" and notice.is_to_staff:
            said += f"\n\n-- \n{PERMANENT_NOTICE}"
        return said

    def _html(
        self, template: str, body: str, facts: Mapping[str, Any], *, is_ours: bool
    ) -> str:
        if is_ours:
            return self._templates.get_template(f"{template}/body.html").render(facts).strip()
        paragraphs = [one.split("\n") for one in re.split(r"\n\s*\n", body)]
        letter = self._templates.get_template("_letter.html")
        return letter.render(facts, paragraphs=paragraphs).strip()

    def _unsubscribe(self, notice: Notice) -> str:
        if notice.contact_id is None or not self._secret:
            return ""
        return f"{self._url}/unsubscribe/{token_for(notice.contact_id, self._secret)}"

    def _refuse_unfit(self, notice: Notice, language: str, part: str, text: str) -> None:
        to_patient = not notice.is_to_staff
        if not to_patient and part not in OPEN_PARTS:
            return
        said = _without_names(text, notice, part)
        words = tuple(notice.own_words.get((language, one)) for one in texts.PARTS)
        anyway = _said_anyway(self._folder, notice.template, language, words)
        never = {one.casefold() for one in words_of(notice.never_say)} - anyway
        if not spoken(said).isdisjoint(never):
            raise UnfitWords("A subject or short message may name no surname and no drug.")
        if wrong := lint(said, to_patient=to_patient, part=part):
            raise UnfitWords(" ".join(wrong))

    def digest(self, said: Sequence[tuple[Notice, Words]], *, now: datetime) -> Words:
        """Several notices to one person as one message."""
        return digest_words(said, self._url, now=now)


@lru_cache(maxsize=256)
def _said_anyway(
    folder: Path, template: str, language: str, own: tuple[str | None, ...]
) -> frozenset[str]:
    """The words of the template itself: a patient called Day is not named by "3 days"."""
    said = language_of(language)
    texts_of = [
        texts.BLANK.sub(" ", words) if words else source(folder, template, language, part)
        for part, words in zip(texts.PARTS, own, strict=True)
    ]
    dates = (*said.months, *said.weekdays, *said.ahead, *said.late, said.today, said.tomorrow)
    everything = " ".join((*texts_of, *dates, said.within, said.nth, said.again))
    found = {word.casefold() for word in re.findall(r"[^\W\d_]+", everything)}
    return frozenset(found | SAID_BY_US)


def _without_names(text: str, notice: Notice, part: str) -> str:
    """The text without the clinic's name, which may be what it likes, and a letter's reader."""
    for cut in CUTS:
        text = text.replace(notice.clinic_name[:cut].strip(), " ")
    if part == "body":
        for name in (notice.to_name, notice.given_name):
            text = text.replace(name, " ") if name else text
    return text
