"""A clinic's own words for a message: checked, kept in versions, and read when one is sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import ChangedMeanwhile, TrackerError
from tracker.domain.fitness import lint
from tracker.domain.languages import NAMES
from tracker.domain.texts import BLANK, PARTS, TEXTS, TO_PATIENTS, Text, check_blanks
from tracker.models import Clinic, Patient, Staff, Wording

LONGEST_NAME = 3  # words of a surname that are looked for side by side


class UnfitWording(TrackerError):
    """A clinic's text that can't be said as it is."""

    code = "unfit_wording"


@dataclass(frozen=True, slots=True)
class Version:
    """One saved text of one part, with who wrote it."""

    wording: Wording
    by: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A message that some patients can't be sent in their language."""

    language: str
    template: str
    patients: int


def words_of(
    session: Session, clinic: Clinic, template: str, languages: Sequence[str]
) -> dict[tuple[str, str], str]:
    """The clinic's own words, by language and part; no query where it has none at all."""
    if not clinic.has_own_words:
        return {}
    asked = (
        sa.select(Wording.language, Wording.part, Wording.text)
        .where(
            Wording.clinic_id == clinic.id,
            Wording.template == template,
            Wording.language.in_(languages),
        )
        .order_by(Wording.version)
    )
    newest = {(row.language, row.part): row.text for row in session.execute(asked)}
    return {place: text for place, text in newest.items() if text}


def check_wording(
    session: Session, clinic: Clinic, text: Text, language: str, words: Mapping[str, str]
) -> dict[str, list[str]]:
    """What is wrong with each part, in sentences; an empty part means the shipped words."""
    wrong = {}
    needs_all = language not in text.languages and any(words.values())
    for part in PARTS:
        said = words[part].strip()
        if not said:
            lacking = ["There are no words of ours in this language: write all three."]
            wrong[part] = lacking if needs_all else []
            continue
        bare = BLANK.sub(" ", said)
        wrong[part] = [
            *check_blanks(text, part, said),
            *lint(bare, to_patient=text.to_patient, part=part),
            *_surnames(session, clinic, bare),
        ]
    return {part: sentences for part, sentences in wrong.items() if sentences}


def save_wording(
    session: Session,
    clinic: Clinic,
    template: str,
    language: str,
    words: Mapping[str, str],
    *,
    seen_version: int,
    by: Staff,
    now: datetime,
) -> int:
    """Keep the parts that differ as a new version; its number. Raises UnfitWording."""
    text = _text_in(template, language)
    for part, sentences in check_wording(session, clinic, text, language, words).items():
        raise UnfitWording(" ".join(sentences), field=part)
    session.get_one(Clinic, clinic.id, with_for_update=True)  # one writer at a time
    kept = versions(session, clinic, template, language)
    newest = max((one.wording.version for one in kept), default=0)
    if newest != seen_version:
        raise ChangedMeanwhile("Somebody else has changed this text meanwhile: look at it.")
    standing = {one.wording.part: one.wording.text for one in reversed(kept)}
    changed = [part for part in PARTS if words[part].strip() != standing.get(part, "")]
    session.add_all(
        Wording(
            clinic_id=clinic.id,
            template=template,
            language=language,
            part=part,
            version=newest + 1,
            text=words[part].strip().replace("\r\n", "\n"),
            saved_at=now,
            saved_by_id=by.id,
        )
        for part in changed
    )
    session.flush()
    session.expire(clinic, ["has_own_words"])
    return newest + 1 if changed else newest


def versions(session: Session, clinic: Clinic, template: str, language: str) -> list[Version]:
    """Every text that was saved, newest first."""
    asked = (
        sa.select(Wording, Staff.name)
        .join(Staff, Staff.id == Wording.saved_by_id)
        .where(
            Wording.clinic_id == clinic.id,
            Wording.template == template,
            Wording.language == language,
        )
        .order_by(Wording.version.desc(), Wording.id.desc())
    )
    return [Version(row.Wording, row.name) for row in session.execute(asked)]


def own_languages(session: Session, clinic: Clinic) -> dict[str, dict[str, set[str]]]:
    """By message and language, the parts for which the clinic has words of its own."""
    asked = (
        sa.select(Wording.template, Wording.language, Wording.part, Wording.text)
        .where(Wording.clinic_id == clinic.id)
        .order_by(Wording.version)
    )
    found: dict[str, dict[str, set[str]]] = {}
    for row in session.execute(asked):
        parts = found.setdefault(row.template, {}).setdefault(row.language, set())
        (parts.add if row.text else parts.discard)(row.part)
    return found


def missing(session: Session, clinic: Clinic) -> list[Missing]:
    """The messages that can't be said in a patient's language, with how many it concerns."""
    own = own_languages(session, clinic)
    spoken = sa.func.coalesce(Patient.language, clinic.language)
    asked = (
        sa.select(spoken, sa.func.count())
        .where(Patient.clinic_id == clinic.id)
        .group_by(spoken)
        .order_by(spoken)
    )
    return [
        Missing(language, template, count)
        for language, count in session.execute(asked)
        for template in sorted(TO_PATIENTS)
        if language not in TEXTS[template].languages
        and len(own.get(template, {}).get(language, ())) < len(PARTS)
    ]


def _text_in(template: str, language: str) -> Text:
    if template not in TEXTS:
        raise UnfitWording("There is no such message.")
    if language not in NAMES:
        raise UnfitWording("There is no such language in the table.")
    return TEXTS[template]


def _surnames(session: Session, clinic: Clinic, said: str) -> list[str]:
    """Patients' surnames in a text that goes to everybody, written as the name is."""
    words = re.findall(r"[^\W\d_][\w'-]{2,}|[^\W\d_]{2}", said)
    names = {
        " ".join(words[start : start + length])
        for length in range(1, LONGEST_NAME + 1)
        for start in range(len(words) - length + 1)
    }
    names = {name for name in names if name[:1].isupper() or " " in name}
    asked = sa.select(Patient.family_name).where(
        Patient.clinic_id == clinic.id, Patient.family_name.in_(sorted(names))
    )
    return [
        f"{name} is the surname of a patient of yours: choose another word."
        for name in sorted(set(session.scalars(asked)))
    ]
