"""A clinic's own words: what is refused, what is kept, and what is then said."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump
from tests.outlets import Listed, into
from tracker.domain.errors import ChangedMeanwhile
from tracker.domain.languages import NAMES
from tracker.domain.texts import PARTS, TEXTS
from tracker.jobs import deliver, tick
from tracker.models import Clinic, Message, Wording
from tracker.notify.folders import FOLDER, shipped
from tracker.services.wordings import (
    UnfitWording,
    missing,
    save_wording,
    versions,
    words_of,
)

DAY = timedelta(days=1)
BOOK = "refill_please_book"
POLISH = {
    "subject": "Wizyta w {{ clinic }}",
    "body": "Dzień dobry {{ to_name }},\n\n{{ clinic }}, {{ clinic_phone }}",
    "sms": "{{ clinic }}: prosimy o telefon {{ clinic_phone }}.",
}
ENGLISH = {"subject": "Come and see us", "body": "", "sms": ""}


def save(session, ward, words=POLISH, language="pl", template=BOOK, seen=0, **facts):
    return save_wording(
        session,
        ward.clinic,
        template,
        language,
        words,
        seen_version=seen,
        by=facts.get("by", ward.cleo),
        now=facts["now"],
    )


def test_the_table_of_messages_agrees_with_the_folders():
    found = shipped(FOLDER)

    for name, text in TEXTS.items():
        assert found[name] == set(text.languages)
    patients = {name for name, languages in found.items() if len(languages) > 1}
    assert patients == {name for name, text in TEXTS.items() if text.to_patient}


def test_own_words_are_kept_in_versions_with_who_and_when(session, now):
    ward = a_ward(session)
    assert words_of(session, ward.clinic, BOOK, ["pl"]) == {}

    save(session, ward, now=now)
    save(session, ward, POLISH | {"subject": "Zapraszamy"}, seen=1, by=ward.rosa, now=now)

    kept = versions(session, ward.clinic, BOOK, "pl")
    assert (kept[0].wording.version, kept[0].wording.part, kept[0].by) == (
        2,
        "subject",
        "Rosa",
    )
    assert len(kept) == 4  # only what changed is written again
    standing = words_of(session, ward.clinic, BOOK, ["pl", "en"])
    assert standing[("pl", "subject")] == "Zapraszamy"
    assert standing[("pl", "sms")] == POLISH["sms"]


def test_empty_words_go_back_to_the_shipped_ones_and_stay_on_record(session, now):
    ward = a_ward(session)
    save(session, ward, ENGLISH, "en", now=now)

    save(session, ward, dict.fromkeys(PARTS, ""), "en", seen=1, now=now)

    assert words_of(session, ward.clinic, BOOK, ["en"]) == {}
    assert len(versions(session, ward.clinic, BOOK, "en")) == 2


def test_two_people_at_once_do_not_overwrite_each_other(session, now):
    ward = a_ward(session)
    save(session, ward, now=now)

    with pytest.raises(ChangedMeanwhile):
        save(session, ward, POLISH | {"subject": "Inna"}, now=now)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        pytest.param("body", "Baclofen, {{ clinic }} {{ clinic_phone }}", id="a drug"),
        pytest.param("body", "Your pump, {{ clinic }} {{ clinic_phone }}", id="the device"),
        pytest.param("sms", "200 mcg {{ clinic }} {{ clinic_phone }}", id="a dose"),
        pytest.param("subject", "Your spasticity", id="a diagnosis"),
        pytest.param("subject", "Dear Mrs Byron", id="a surname of the clinic"),
        pytest.param("subject", "{{ surname }}", id="a blank that there isn't"),
        pytest.param("sms", "Please call", id="who writes is not said"),
    ],
)
def test_unfit_words_are_refused_beside_their_field(session, now, part, said):
    ward = a_ward(session)
    a_patient(session, ward)

    with pytest.raises(UnfitWording) as refused:
        save(session, ward, ENGLISH | {part: said}, "en", now=now)

    assert refused.value.field == part
    assert session.scalars(sa.select(Wording)).all() == []


def test_a_new_language_needs_all_three_parts(session, now):
    ward = a_ward(session)

    with pytest.raises(UnfitWording, match="write all three"):
        save(session, ward, POLISH | {"sms": ""}, now=now)


def test_neither_message_nor_language_can_be_invented(session, now):
    ward = a_ward(session)

    for template, language in (("secret", "en"), (BOOK, "xx")):
        with pytest.raises(UnfitWording):
            save(session, ward, ENGLISH, language, template, now=now)


def test_the_words_of_one_clinic_are_not_another_ones(session, now):
    ward, other = a_ward(session), a_ward(session, "Lake Clinic")
    save(session, ward, now=now)
    session.expire_all()

    assert words_of(session, other.clinic, BOOK, ["pl"]) == {}
    assert not session.get_one(Clinic, other.clinic.id).has_own_words
    assert session.get_one(Clinic, ward.clinic.id).has_own_words


def test_languages_without_words_are_reported_until_somebody_writes_them(session, now):
    ward = a_ward(session)
    a_patient(session, ward, language="pl")
    a_patient(session, ward, language="de")
    a_patient(session, ward)

    before = missing(session, ward.clinic)
    save(session, ward, now=now)

    assert [(one.language, one.template, one.patients) for one in before] == [
        ("pl", BOOK, 1),
        ("pl", "visit_reminder", 1),
    ]
    assert [one.template for one in missing(session, ward.clinic)] == ["visit_reminder"]


@pytest.mark.parametrize(
    ("language", "is_written", "subject", "note"),
    [
        pytest.param("pl", True, "Wizyta w Hill Clinic", "", id="the clinic's own"),
        pytest.param("de", False, "Ein Termin für den nächsten Besuch", "", id="shipped"),
        pytest.param("pl", False, "A time for", "no Polish words", id="none: English, noted"),
        pytest.param(None, False, "A time for", "", id="the clinic's language"),
    ],
)
def test_a_patient_is_written_to_in_their_language(
    sessions, now, language, is_written, subject, note
):
    with sessions.begin() as session:
        ward = a_ward(session)
        ada = a_patient(session, ward, language=language)
        a_contact(session, ada)
        a_watched_pump(session, ward, patient=ada, danger_at=now + 14 * DAY)
        if is_written:
            save(session, ward, now=now)
    letters = Listed()

    tick(sessions, now=now, host="test")
    deliver(sessions, into(letters), host="test", now=now)

    (letter,) = [one for one in letters.taken if one.to_address == "ada@home.example"]
    assert letter.words.subject.startswith(subject)
    with sessions() as session:
        message = session.scalars(
            sa.select(Message).where(Message.contact_id.is_not(None))
        ).one()
        assert note in message.state_reason
        assert bool(note) == bool(message.state_reason)


def test_every_language_has_a_name_for_staff():
    assert all(name and name[0].isupper() for name in NAMES.values())
