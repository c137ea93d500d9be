"""Answers as providers call them in: kept, acted on, and read by a person if not plain."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_contact, a_patient
from tests.rings import RING
from tests.web.callbacks.conftest import NUMBER, SECRET, open_watches
from tests.web.conftest import NOW, post, rows
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel
from tracker.domain.reply import ReplyKind
from tracker.models import (
    AddressState,
    Appointment,
    Consent,
    Contact,
    Pump,
    Reply,
    Watch,
)
from tracker.services.appointments import book


def test_stop_blocks_the_number_and_leaves_the_refill_watched(answer, here, contact, session):
    sibling = a_contact(session, a_patient(session, here.clinic))
    sibling.channel, sibling.address = Channel.SMS, NUMBER
    session.get_one(type(here.nadia), here.nadia.id).phone = NUMBER
    session.commit()

    assert answer("Stop. Thank you").status_code == 200
    assert answer("Stop. Thank you").status_code == 200

    asked = sa.select(Contact).where(Contact.address_mark == RING.mark(NUMBER))
    assert {one.state for one in rows(session, asked)} == {AddressState.STOPPED}
    last = rows(session, sa.select(Consent).order_by(Consent.id.desc()).limit(2))
    assert [(one.is_given, one.recorded_by_id) for one in last] == [(False, None)] * 2
    nurse = rows(session, sa.select(type(here.nadia)).filter_by(id=here.nadia.id))[0]
    assert nurse.phone_state is AddressState.STOPPED
    assert len(rows(session, sa.select(Reply))) == 1
    assert len(open_watches(session, WatchKind.UNDELIVERABLE)) == 2
    assert len(open_watches(session, WatchKind.REFILL)) == 1


def test_start_opts_nobody_in_and_asks_for_a_decision(answer, contact, session):
    answer("STOP")
    answer("START", ref="SM10")

    assert rows(session, sa.select(Contact.state).where(Contact.id == contact.id)) == [
        AddressState.STOPPED
    ]
    assert "consent" in open_watches(session, WatchKind.REPLY)[0].explanation["sentence"]


def test_help_is_told_the_clinic_and_its_telephone(answer, here, contact):
    said = answer("Help").text

    assert f"{here.clinic.name}: please telephone {here.clinic.phone}." in said


@pytest.mark.parametrize("sender", [NUMBER, "+441632960777"])
def test_promise_covered_an_answer_that_is_not_plain_is_watched_until_handled(
    answer, contact, session, as_nadia, sender
):
    answer("I have a fever", sender=sender)
    reply = rows(session, sa.select(Reply))[0]
    assert reply.kind is ReplyKind.OTHER
    assert (reply.patient_id is None) == (sender != NUMBER)

    assert "I have a fever" in as_nadia.get("/inbox").text
    path = f"/inbox/{reply.id}"
    page = as_nadia.get(path).text
    assert ("tel:" in page and "/visit" in page) == (sender == NUMBER)  # what comes next
    assert f'href="{path}"' in as_nadia.get(f"/watches/{reply.watch_id}").text
    assert post(as_nadia, f"{path}/handled", how="").status_code == 422
    assert len(open_watches(session, WatchKind.REPLY)) == 1
    assert post(as_nadia, f"{path}/handled", how="telephoned").status_code == 302
    assert open_watches(session, WatchKind.REPLY) == []
    ended = rows(session, sa.select(Watch).where(Watch.kind == WatchKind.REPLY))[0]
    assert (ended.evidence_kind, ended.evidence_id) == ("reply_handled", reply.id)
    assert "telephoned" in as_nadia.get("/inbox").text


def test_an_unknown_number_is_given_to_a_patient_by_a_person(answer, here, session, as_nadia):
    answer("hello", sender="+441632960777")
    path = f"/inbox/{rows(session, sa.select(Reply.id))[0]}"

    assert post(as_nadia, f"{path}/patient", mrn="nobody").status_code == 422
    assert post(as_nadia, f"{path}/patient", mrn=here.patient.mrn).status_code == 302
    assert rows(session, sa.select(Reply.patient_id)) == [here.patient.id]


def test_another_clinics_answer_is_not_there(answer, contact, session, as_sam):
    answer("I have a fever")
    path = f"/inbox/{rows(session, sa.select(Reply.id))[0]}"

    assert "fever" not in as_sam.get("/inbox").text
    assert as_sam.get(path).status_code == 404
    assert post(as_sam, f"{path}/handled", how="telephoned").status_code == 404


def test_an_answer_in_utf_16_is_read_by_its_bytes(app, client, contact, session):
    app.config.update(CHANNEL_SMS="gateway", SMS_GATEWAY_SECRET=SECRET)
    asked = "id=a1&from=%2B441632960123&to=1&text=%01%7B%00%F3%00+%00a&charset=UTF-16BE"

    client.get(f"/callbacks/sms/gateway/{SECRET}/inbound?{asked}")

    assert rows(session, sa.select(Reply.body)) == ["Żó a"]


def test_a_number_without_its_country_is_refused_in_its_field(as_nadia, here, session):
    path = f"/patients/{here.patient.id}/contacts/new"
    typed = {
        "contacts-0-relation": "patient",
        "contacts-0-name": "Ada",
        "contacts-0-channel": "sms",
        "contacts-0-consent_how": "signed form",
    }

    refused = post(as_nadia, path, **typed, **{"contacts-0-address": "01632 960123"})
    assert refused.status_code == 422
    assert "with + and its country" in refused.text
    assert "01632 960123" in refused.text
    good = post(as_nadia, path, **typed, **{"contacts-0-address": "+44 1632 960 123"})
    assert good.status_code == 302
    assert NUMBER in rows(session, sa.select(Contact.address))


def test_a_yes_confirms_the_one_visit_it_can_mean(answer, here, contact, session):
    book(
        session,
        session.get_one(Pump, here.pump.id),
        scheduled_at=NOW + timedelta(days=2),
        by=here.nadia,
        now=NOW,
    )
    session.commit()

    answer("Yes")

    assert rows(session, sa.select(Appointment.confirmed_at)) == [NOW]
    assert open_watches(session, WatchKind.REPLY) == []


def test_a_yes_that_can_mean_no_visit_is_read_by_a_person(answer, contact, session):
    answer("Yes")

    assert "which visit" in open_watches(session, WatchKind.REPLY)[0].explanation["sentence"]
