"""The link by which somebody ends our e-mails."""

import pytest
import sqlalchemy as sa

from tests.builders import a_contact
from tests.web.conftest import rows
from tracker.domain.danger import WatchKind
from tracker.domain.fitness import lint
from tracker.domain.unsubscribing import token_for
from tracker.models import Consent, Contact, Watch


@pytest.fixture
def contact(here, session):
    contact = a_contact(session, here.patient)
    session.commit()
    return contact


@pytest.fixture
def path(contact, app):
    return f"/unsubscribe/{token_for(contact.id, app.config['SECRET_KEY'])}"


def consents(session, contact):
    asked = sa.select(Consent).where(Consent.contact_id == contact.id).order_by(Consent.id)
    return rows(session, asked)


def state_of(session, contact):
    return rows(session, sa.select(Contact.state).where(Contact.id == contact.id))[0].value


def alarms(session):
    return rows(session, sa.select(Watch).where(Watch.kind == WatchKind.UNDELIVERABLE))


def test_looking_at_the_link_changes_nothing(client, path, contact, session, here):
    before = consents(session, contact)

    page = client.get(path)
    client.head(path)

    assert "Stop these e-mails?" in page.text
    assert consents(session, contact) == before
    assert state_of(session, contact) != "stopped"


def test_the_page_names_the_clinic_and_nobody_else(client, path, contact, here):
    page = client.get(path).text

    assert "Riverside" in page
    assert "020 7946 0018" in page
    for private in (here.patient.family_name, contact.address, contact.name):
        assert private not in page


def test_promise_exactly_enough_the_button_ends_the_e_mails_and_staff_are_asked_for_another_way(
    client, path, contact, session
):
    page = client.post(path)

    assert "No more e-mails to this address" in page.text
    assert state_of(session, contact) == "stopped"
    newest = consents(session, contact)[-1]
    assert (newest.is_given, newest.how, newest.recorded_by_id) == (
        False,
        "unsubscribe link",
        None,
    )
    (alarm,) = alarms(session)
    assert "asked for no more e-mails: agree another way" in alarm.explanation["sentence"]


def test_a_mail_program_may_press_the_button_by_itself(client, path, contact, session):
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert state_of(session, contact) == "stopped"


def test_pressing_it_twice_is_once(client, path, contact, session):
    client.post(path)
    client.post(path)

    assert len([one for one in consents(session, contact) if not one.is_given]) == 1
    assert len(alarms(session)) == 1
    assert "No more e-mails to this address" in client.get(path).text


def test_the_refill_watch_is_not_touched(client, path, session, here):
    asked = sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    before = rows(session, asked)[0].next_action_at

    client.post(path)

    (watch,) = rows(session, asked)
    assert (watch.closed_at, watch.next_action_at) == (None, before)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Stop these e-mails?"),
        ("de", "Diese E-Mails beenden?"),
        ("es", "¿Dejar de recibir estos correos?"),
        ("fr", "Ne plus recevoir ces e-mails ?"),
        ("pl", "Stop these e-mails?"),
    ],
)
def test_the_page_speaks_the_patients_language_and_not_of_a_device(
    client, path, here, session, language, said
):
    here.patient.language = language
    session.commit()

    asked, done = client.get(path).text, client.post(path).text

    assert said in asked
    for page in (asked, done):
        assert lint(page, to_patient=True, part="body") == []
        assert "{" not in page


@pytest.mark.parametrize("token", ["1", "1.abc", "x", f"1.{'a' * 40}"])
def test_a_link_that_is_not_ours_opens_nothing(client, contact, token):
    assert client.get(f"/unsubscribe/{token}").status_code == 404
    assert client.post(f"/unsubscribe/{token}").status_code == 404
