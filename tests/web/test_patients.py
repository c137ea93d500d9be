"""Patients: found, registered, shown."""

import sqlalchemy as sa

from tests.web.conftest import post, rows, search
from tracker.models import Consent, Contact, Patient

GOOD = {
    "mrn": "A-17",
    "family_name": "O'Neil",
    "given_name": "Åsa",
    "birth_on": "12 Mar 1961",
    "contacts-0-relation": "carer",
    "contacts-0-name": "Ben <b>",
    "contacts-0-channel": "email",
    "contacts-0-address": "ben@home.example",
    "contacts-0-consent_how": "signed form",
}


def test_a_patient_is_registered_with_contact_and_consent(as_nadia, here, session):
    answer = post(as_nadia, "/patients/new", **GOOD)

    new = rows(session, sa.select(Patient).where(Patient.mrn == "A-17"))[0]
    assert answer.location == f"/patients/{new.id}"
    assert rows(session, sa.select(Contact.address)) == ["ben@home.example"]
    assert rows(session, sa.select(Consent.how)) == ["signed form"]
    page = as_nadia.get(answer.location).text
    for words in ("O&#39;Neil, Åsa", "12 Mar 1961", "Ben &lt;b&gt;", "signed form"):
        assert words in page


def test_each_wrong_value_is_refused_beside_its_field(as_nadia, here, session):
    before = len(rows(session, sa.select(Patient)))
    for field, value in (
        ("mrn", ""),
        ("mrn", here.patient.mrn),
        ("mrn", "x" * 41),
        ("family_name", " "),
        ("birth_on", "03/04/1961"),
        ("birth_on", "2030-01-01"),
        ("contacts-0-address", "nowhere"),
        ("contacts-0-relation", ""),
        ("language", "xx"),
    ):
        answer = post(as_nadia, "/patients/new", **{**GOOD, field: value})
        assert answer.status_code == 422, (field, value)
        assert f'id="{field}-error"' in answer.text, (field, value)
        assert 'value="ben@home.example"' in answer.text or field.startswith("contacts")
    assert len(rows(session, sa.select(Patient))) == before


def test_patients_are_found_by_name_number_and_birth_date(as_nadia, here):
    for asked in (here.patient.family_name[:5], here.patient.mrn, "1970-03-14", "14 Mar 1970"):
        assert here.patient.family_name in search(as_nadia, "/patients/find", q=asked).text
    assert "matches “zzz”" in search(as_nadia, "/patients/find", q="zzz").text


def test_the_language_of_the_messages_is_recorded_and_taken_back(as_nadia, here, session):
    path = f"/patients/{here.patient.id}"
    asked = sa.select(Patient.language).where(Patient.id == here.patient.id)

    assert post(as_nadia, f"{path}/language", language="pl").status_code == 302
    assert rows(session, asked) == ["pl"]
    assert '<option value="pl" selected>Polish</option>' in as_nadia.get(path).text

    post(as_nadia, f"{path}/language", language="")
    assert rows(session, asked) == [None]
    refused = post(as_nadia, f"{path}/language", language="xx")
    assert refused.status_code == 422
    assert "Choose a language of the list." in refused.text


def test_hazard_h14_a_patient_who_may_be_here_already_is_shown_before_a_second_is_made(
    as_nadia, here, session
):
    same = {"family_name": here.patient.family_name.upper(), "birth_on": "14 Mar 1970"}

    asked = post(as_nadia, "/patients/new", **GOOD | same)

    assert asked.status_code == 422
    assert 'id="is_another-error"' in asked.text
    assert f'href="/patients/{here.patient.id}"' in asked.text
    assert 'value="ben@home.example"' in asked.text
    assert len(rows(session, sa.select(Patient).where(Patient.mrn == "A-17"))) == 0

    post(as_nadia, "/patients/new", **GOOD | same | {"is_another": "yes"})

    assert len(rows(session, sa.select(Patient).where(Patient.mrn == "A-17"))) == 1
