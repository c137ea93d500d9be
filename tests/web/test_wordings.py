"""The texts page: looked at by all, changed by those who coordinate."""

import html
import re

import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.web.conftest import HASH, post, rows, sign_in
from tracker.domain.texts import TEXTS
from tracker.models import Role, Wording
from tracker.services.clinics import add_member

PAGE = "/texts/refill_please_book/en"
POLISH = {
    "subject": "Wizyta",
    "body": "Dzień dobry,\r\n\r\n{{ clinic }}, {{ clinic_phone }}",
    "sms": "{{ clinic }}: {{ clinic_phone }} Łódź",
}


@pytest.fixture
def as_cleo(client, here, session):
    cleo = a_staff_member(session, "Cleo Coordinator")
    cleo.password_hash = HASH
    add_member(session, here.clinic, cleo, role=Role.COORDINATOR)
    session.commit()
    assert sign_in(client, cleo.email).status_code == 302
    return client


def english(client, **changed):
    """What the editor opens with, as the browser would post it back."""
    page = client.get(PAGE).text
    found = re.findall(r'<textarea id="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    seen = re.search(r'name="seen_version" value="(\d+)"', page)
    return (
        {name: html.unescape(text) for name, text in found}
        | {"seen_version": seen[1]}
        | changed
    )


def wordings(session):
    return rows(session, sa.select(Wording).order_by(Wording.id))


def test_the_list_shows_every_message_and_what_is_missing(as_nadia, here, session):
    here.patient.language = "pl"
    session.commit()

    page = as_nadia.get("/texts").text

    assert "Please book, to the patient" in page
    assert "No Polish words for “Please book, to the patient”" in page
    assert "1 patient" in page
    assert '<a href="/texts">' in as_nadia.get("/clinic").text


def test_the_editor_opens_with_the_shipped_words_their_blanks_and_their_length(as_cleo):
    page = as_cleo.get(PAGE).text

    assert "please call {{ clinic_phone }} to arrange the next visit" in page
    assert "please call 020 7946 0018 to arrange the next visit" in page
    assert "characters, one text message" in page
    assert "Nothing has been changed here." in page


def test_words_are_saved_as_a_version_and_only_what_differs(as_cleo, session):
    answer = post(as_cleo, PAGE, **english(as_cleo, subject="Come and see {{ clinic }}"))

    assert answer.status_code == 302
    (kept,) = wordings(session)
    assert (kept.part, kept.text, kept.version) == ("subject", "Come and see {{ clinic }}", 1)
    page = as_cleo.get(PAGE).text
    assert "Come and see Riverside" in page
    assert "by Cleo Coordinator" in page

    post(as_cleo, f"{PAGE}/restore", seen_version=1)

    assert wordings(session)[-1].text == ""
    assert "A time for the next visit: please call Riverside" in as_cleo.get(PAGE).text


def test_trying_saves_nothing_and_shows_what_would_be_read(as_cleo, session):
    typed = english(as_cleo, sms="{{ clinic }} {{ clinic_phone }} " + "ж" * 60)

    page = post(as_cleo, f"{PAGE}/check", **typed).text

    assert (
        "2 text messages; a text message holds only 70 characters because of: ж"
        in page.replace("&#39;", "'")
    )
    assert wordings(session) == []


def test_unfit_words_are_refused_beside_their_field_and_nothing_typed_is_lost(as_cleo, session):
    typed = english(as_cleo, body="Your pump <b>runs dry</b>")

    answer = post(as_cleo, PAGE, **typed)

    assert answer.status_code == 422
    assert "does not speak of the device (pump)" in answer.text
    assert 'id="body-error"' in answer.text
    assert "Your pump &lt;b&gt;runs dry&lt;/b&gt;" in answer.text
    assert wordings(session) == []


def test_a_language_of_ones_own_is_written_whole(as_cleo, session):
    path = "/texts/refill_please_book/pl"
    assert "write all three parts" in as_cleo.get(path).text

    refused = post(as_cleo, path, seen_version=0, **POLISH | {"sms": ""})
    saved = post(as_cleo, path, seen_version=0, **POLISH)

    assert refused.status_code == 422
    assert saved.status_code == 302
    assert len(wordings(session)) == 3
    page = as_cleo.get(path).text
    assert "Riverside: 020 7946 0018 Lodz" in page
    assert "your words" in as_cleo.get("/texts").text


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(as_cleo, session):
    typed = english(as_cleo, subject="Mine")
    post(as_cleo, PAGE, **english(as_cleo, subject="Theirs"))

    answer = post(as_cleo, PAGE, **typed)

    assert answer.status_code == 422
    assert "Somebody else has changed this text" in answer.text
    assert [one.text for one in wordings(session)] == ["Theirs"]


def test_those_who_do_not_coordinate_may_read_only(as_nadia, session):
    page = as_nadia.get(PAGE).text

    assert "<textarea" not in page
    assert "As it would be read" in page
    assert post(as_nadia, PAGE, seen_version=0, **POLISH).status_code == 403


def test_the_words_of_another_clinic_are_not_seen(as_cleo, here, app, session):
    post(as_cleo, PAGE, **english(as_cleo, subject="Only ours"))
    other = app.test_client()
    sign_in(other, here.sam.email)

    assert "Only ours" not in other.get(PAGE).text
    assert "your words" not in other.get("/texts").text


@pytest.mark.parametrize(
    "path",
    [
        "/texts/secret/en",
        "/texts/refill_book/xx",
        "/texts/open?template=refill_book&language=xx",
    ],
)
def test_what_there_is_not_is_not_found(as_nadia, path):
    assert as_nadia.get(path).status_code == 404


def test_choosing_a_language_opens_its_page(as_nadia):
    answer = as_nadia.get("/texts/open?template=visit_reminder&language=uk")

    assert answer.location == "/texts/visit_reminder/uk"
    assert "in Ukrainian" in as_nadia.get(answer.location).text


@pytest.mark.one_database("sqlite")
def test_every_text_in_every_shipped_language_opens(as_cleo):
    for text in TEXTS.values():
        for language in text.languages:
            page = as_cleo.get(f"/texts/{text.name}/{language}")
            assert page.status_code == 200
            assert "As it would be read" in page.text
            assert "Shown once all three parts" not in page.text, (text.name, language)
