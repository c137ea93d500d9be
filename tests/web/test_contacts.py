"""Contacts: added, mended, and consent given or withdrawn; and why a watch is open."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_contact, a_message, a_policy, a_watch
from tests.web.conftest import NOW, post, rows
from tests.web.test_incidents import lead
from tracker.domain.danger import WatchKind
from tracker.domain.risk import RiskClass
from tracker.models import AddressState, Consent, Contact, Watch

DAY = timedelta(days=1)
TYPED = {
    "contacts-0-relation": "carer",
    "contacts-0-name": "Ben",
    "contacts-0-channel": "email",
    "contacts-0-address": "ben@home.example",
    "contacts-0-consent_how": "signed form",
}


@pytest.fixture
def contact(session, here):
    found = a_contact(session, here.patient, state=AddressState.INVALID)
    session.commit()
    return found


def test_a_contact_is_added_later(as_nadia, here, session):
    path = f"/patients/{here.patient.id}/contacts/new"

    assert as_nadia.get(path).status_code == 200
    assert post(as_nadia, path, **TYPED).status_code == 302
    assert "ben@home.example" in rows(session, sa.select(Contact.address))
    assert post(as_nadia, path).status_code == 422


def test_promise_exactly_enough_one_address_has_one_consent_to_withdraw(
    as_nadia, here, session
):
    path = f"/patients/{here.patient.id}/contacts/new"
    post(as_nadia, path, **TYPED)

    again = post(as_nadia, path, **TYPED)
    other = post(as_nadia, path, **TYPED | {"contacts-0-address": "ben@work.example"})

    assert (again.status_code, "on record for them already" in again.text) == (422, True)
    assert other.status_code == 302
    assert rows(session, sa.select(Contact.address)).count("ben@home.example") == 1


def test_an_address_that_was_found_wrong_may_be_right_again(as_nadia, here, contact, session):
    typed = TYPED | {
        "contacts-0-relation": contact.relation.value,
        "contacts-0-channel": contact.channel.value,
        "contacts-0-address": contact.address,
    }

    assert (
        post(as_nadia, f"/patients/{here.patient.id}/contacts/new", **typed).status_code == 302
    )
    found = rows(session, sa.select(Contact).where(Contact.patient_id == here.patient.id))
    assert [one.state for one in found] == [AddressState.INVALID, AddressState.UNVERIFIED]


def test_a_mended_address_is_a_new_row_and_takes_the_consent_along(as_nadia, contact, session):
    assert as_nadia.get(f"/contacts/{contact.id}").status_code == 200

    answer = post(as_nadia, f"/contacts/{contact.id}/address", address="new@home.example")

    assert answer.status_code == 302
    old, new = rows(session, sa.select(Contact).order_by(Contact.id))[-2:]
    assert (old.id, old.state) == (contact.id, AddressState.INVALID)
    assert (new.address, new.state) == ("new@home.example", AddressState.UNVERIFIED)
    last = sa.select(Consent.is_given).order_by(Consent.id.desc()).limit(1)
    assert rows(session, last.where(Consent.contact_id == new.id)) == [True]
    assert rows(session, last.where(Consent.contact_id == old.id)) == [False]


def test_an_address_that_is_none_or_the_same_is_refused(as_nadia, contact):
    for typed in ("", "nowhere", contact.address):
        answer = post(as_nadia, f"/contacts/{contact.id}/address", address=typed)
        assert answer.status_code == 422, typed


def test_consent_is_withdrawn_by_a_row_that_says_how(as_nadia, contact, session):
    path = f"/contacts/{contact.id}/consent"

    assert post(as_nadia, path, is_given="no").status_code == 422
    assert post(as_nadia, path, is_given="no", how="by telephone").status_code == 302
    found = rows(session, sa.select(Consent).where(Consent.contact_id == contact.id))
    assert [one.is_given for one in found][-1] is False


def test_another_clinics_contact_is_not_there(as_sam, contact):
    assert as_sam.get(f"/contacts/{contact.id}").status_code == 404
    assert (
        post(as_sam, f"/contacts/{contact.id}/address", address="a@b.example").status_code
        == 404
    )


def test_why_a_watch_is_open_stands_on_the_pump_page_and_on_its_own(as_nadia, here, session):
    sentence = "Our e-mail can't be delivered (550). Please telephone."
    about = a_watch(
        session,
        here.pump,
        kind=WatchKind.UNDELIVERABLE,
        explanation={"sentence": sentence},
        open_key="about",
    )
    alone = Watch(
        clinic_id=here.clinic.id,
        kind=WatchKind.SYSTEM,
        risk_class=RiskClass.CRITICAL,
        policy=a_policy(session, here.clinic, WatchKind.SYSTEM, RiskClass.CRITICAL),
        owner=here.nadia,
        opened_at=NOW,
        next_action_at=NOW,
        next_action="mend it",
        open_key="clinic:system",
        explanation={"sentence": "A tick failed."},
    )
    session.add(alone)
    session.commit()

    assert "Please telephone." in as_nadia.get(f"/pumps/{here.pump.id}").text
    assert "Please telephone." in as_nadia.get(f"/watches/{about.id}").text
    assert "A tick failed." in as_nadia.get(f"/watches/{alone.id}").text
    assert f"/watches/{alone.id}" in as_nadia.get("/").text


def test_a_call_that_answers_a_lost_message_says_so_and_why_it_ended(as_nadia, here, session):
    reader = a_contact(session, here.patient)
    (refill,) = rows(
        session, sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    )
    lost = a_message(session, refill, contact=reader, state="unknown")
    facts = {"sentence": "Please telephone.", "message_id": lost.id, "contact_id": reader.id}
    asks = a_watch(
        session, here.pump, kind=WatchKind.UNDELIVERABLE, explanation=facts, open_key="asks",
        opened_at=NOW - DAY,
    )  # fmt: skip
    session.commit()
    path, called = f"/watches/{asks.id}", {"called": "Ada", "called_at_on": "2026-06-01"}
    called |= {"called_at_time": "08:30", "from": "watch"}

    assert "has been told, unless another call" in as_nadia.get(f"{path}/call").text
    again = {"result": "no_answer", "next_call_on": "2026-06-02"}
    post(as_nadia, f"{path}/calls", **called, **again)
    assert "The call is recorded. The watch goes on." in as_nadia.get(path).text
    post(as_nadia, f"{path}/calls", **called, result="reached")

    page = as_nadia.get(path).text
    assert "The call is recorded. The watch has ended." in page
    assert "somebody was reached by telephone" in page
    lead(session, here)
    session.commit()
    assert "Please telephone." in as_nadia.get(f"{path}/report").text


def test_whoever_is_to_write_to_somebody_finds_the_contacts(as_nadia, here, session):
    facts = {"sentence": "Ada asked for no more texts: agree another way, and write it down."}
    asks = a_watch(
        session, here.pump, kind=WatchKind.UNDELIVERABLE, explanation=facts, open_key="asks"
    )
    session.commit()

    page = as_nadia.get(f"/watches/{asks.id}").text

    assert f'href="/patients/{here.patient.id}#contacts"' in page
    assert 'id="contacts"' in as_nadia.get(f"/patients/{here.patient.id}").text
    assert "Record a refill" not in page


def test_another_clinics_watch_is_not_there(as_sam, here, session):
    number = rows(session, sa.select(Watch.id).limit(1))[0]

    assert as_sam.get(f"/watches/{number}").status_code == 404
