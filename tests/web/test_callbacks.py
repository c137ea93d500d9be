"""Reports and answers as providers call them in: signed or secret, kept, applied by rank."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from twilio.request_validator import RequestValidator

from tests.builders import a_contact, a_message, a_patient
from tests.rings import RING
from tests.web.conftest import NOW, post, rows
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.domain.outgoing import Words
from tracker.domain.reply import ReplyKind
from tracker.models import (
    AddressState,
    Appointment,
    Attempt,
    Consent,
    Contact,
    DeliveryReport,
    Message,
    Pump,
    Reply,
    Watch,
)
from tracker.services import receipts, settling, sweeping
from tracker.services.appointments import book

TOKEN, SECRET = "a token of Twilio's", "0123456789abcdefX"
NUMBER = "+441632960123"


@pytest.fixture
def twilio(app, client):
    app.config.update(
        CHANNEL_SMS="twilio", TWILIO_AUTH_TOKEN=TOKEN, PUBLIC_URL="https://pumps.example"
    )

    def call(path, *, sign=TOKEN, known_as="https://pumps.example", **fields):
        made = RequestValidator(sign).compute_signature(f"{known_as}{path}", fields)
        return client.post(path, data=fields, headers={"X-Twilio-Signature": made})

    return call


@pytest.fixture
def contact(session, here):
    found = a_contact(session, here.patient)
    found.channel, found.address = Channel.SMS, NUMBER
    found.state = AddressState.UNVERIFIED
    session.commit()
    return found


@pytest.fixture
def message(session, here, contact):
    watch = session.scalars(
        sa.select(Watch).where(Watch.open_key == f"{here.pump.id}:refill")
    ).one()
    made = a_message(
        session,
        watch,
        contact=contact,
        channel=Channel.SMS,
        key=f"{watch.id}:1:0:c{contact.id}:sms",
        state=MessageState.SENT,
        sent_at=NOW,
        reference="SM1",
    )
    session.commit()
    return made


@pytest.fixture
def report(twilio, message):
    def say(status, **more):
        path = f"/callbacks/sms/twilio/{message.key}"
        return twilio(path, MessageSid="SM1", MessageStatus=status, **more)

    return say


@pytest.fixture
def answer(twilio):
    def say(body, ref="SM9", sender=NUMBER):
        fields = {"MessageSid": ref, "From": sender, "To": "+441632960999", "Body": body}
        return twilio("/callbacks/sms/twilio/inbound", **fields)

    return say


def state_of(session, message):
    return rows(session, sa.select(Message.state).where(Message.id == message.id))[0]


def open_watches(session, kind):
    asked = sa.select(Watch).where(Watch.kind == kind, Watch.closed_at.is_(None))
    return rows(session, asked)


def test_a_wrong_signature_is_turned_away_and_nothing_is_written(twilio, message, session):
    path = f"/callbacks/sms/twilio/{message.key}"

    assert (
        twilio(path, sign="guessed", MessageSid="SM1", MessageStatus="read").status_code == 403
    )
    inbound = "/callbacks/sms/twilio/inbound"
    stop = {"MessageSid": "SM9", "From": NUMBER, "To": "+1", "Body": "STOP"}
    assert twilio(inbound, sign="guessed", **stop).status_code == 403

    assert rows(session, sa.select(DeliveryReport)) == []
    assert rows(session, sa.select(Reply)) == []
    assert state_of(session, message) is MessageState.SENT


def test_without_a_token_of_ours_nobody_is_believed(app, twilio):
    app.config.update(CHANNEL_SMS="none", TWILIO_AUTH_TOKEN="")

    assert twilio("/callbacks/sms/twilio/x", sign="", MessageSid="1").status_code == 403


@pytest.mark.parametrize(
    ("known_as", "status"),
    [
        ("https://pumps.example:443", 204),
        ("https://pumps.example:8443", 403),
        ("http://pumps.example", 403),
        ("https://pumps.example.org", 403),
    ],
)
def test_a_call_is_signed_over_our_own_address(twilio, known_as, status):
    said = twilio("/callbacks/sms/twilio/x", known_as=known_as, MessageSid="1")

    assert said.status_code == status


def test_a_flood_is_not_read(twilio):
    assert twilio("/callbacks/sms/twilio/x", MessageSid="1" * 70_000).status_code == 413


def test_reports_come_in_any_order_and_twice_and_never_lead_back(
    report, message, contact, session
):
    for status in ("delivered", "sent", "delivered", "undelivered", "queued"):
        assert report(status).status_code == 204

    assert state_of(session, message) is MessageState.DELIVERED
    assert len(rows(session, sa.select(DeliveryReport))) == 5
    assert rows(session, sa.select(Contact.state).where(Contact.id == contact.id)) == [
        AddressState.OK
    ]


def test_promise_persistent_a_text_that_was_lost_opens_a_watch_for_staff(
    report, message, contact, session
):
    report("undelivered", ErrorCode="30005")

    assert state_of(session, message) is MessageState.FAILED
    assert rows(session, sa.select(Contact.state).where(Contact.id == contact.id)) == [
        AddressState.INVALID
    ]
    assert "30005" in open_watches(session, WatchKind.UNDELIVERABLE)[0].explanation["sentence"]


def test_a_report_on_a_message_that_is_not_ours_is_kept(twilio, session):
    answer = twilio(
        "/callbacks/sms/twilio/1:2:3:s4:sms", MessageSid="SM7", MessageStatus="sent"
    )

    assert answer.status_code == 204
    kept = rows(session, sa.select(DeliveryReport))
    assert [(one.message_id, one.provider_ref) for one in kept] == [(None, "SM7")]
    assert "MessageStatus=sent" in kept[0].text


def test_a_report_that_was_quicker_than_our_own_commit_is_applied_after_it(
    report, message, session
):
    found = session.get_one(Message, message.id)
    found.state, found.sent_at, found.lease_until = MessageState.CLAIMED, None, NOW
    found.attempts = 1
    attempt = Attempt(message_id=message.id, started_at=NOW, outcome="started")
    of_another = DeliveryReport(
        provider="twilio", provider_ref="SM0", status="delivered", received_at=NOW
    )
    session.add_all([attempt, of_another])
    session.commit()

    report("delivered")
    assert state_of(session, message) is MessageState.CLAIMED

    sent = receipts.Sent(NUMBER, Words("s", "b", "h", "t"), "SM1", "SM1")
    settling.settle(session, message.id, attempt.id, sent, now=NOW)
    session.commit()
    assert state_of(session, message) is MessageState.DELIVERED


def test_what_was_unclear_and_is_reported_delivered_need_not_be_telephoned(
    report, message, session
):
    found = session.get_one(Message, message.id)
    found.state, found.sent_at, found.lease_until = MessageState.CLAIMED, None, NOW
    session.flush()
    sweeping.sweep(session, now=NOW)
    session.commit()
    assert len(open_watches(session, WatchKind.UNDELIVERABLE)) == 1

    report("delivered")

    assert state_of(session, message) is MessageState.DELIVERED
    assert open_watches(session, WatchKind.UNDELIVERABLE) == []


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


def test_a_gateway_shows_its_secret_and_reports_by_get(app, client, message, contact, session):
    app.config.update(CHANNEL_SMS="gateway", SMS_GATEWAY_SECRET=SECRET)
    path = f"report/{message.key}?status=1"

    assert client.get(f"/callbacks/sms/gateway/{SECRET[:-1]}/{path}").status_code == 403
    assert rows(session, sa.select(DeliveryReport)) == []
    for status in (8, 1):
        path = f"report/{message.key}?status={status}"
        # Kannel would call again after a 204
        assert client.get(f"/callbacks/sms/gateway/{SECRET}/{path}").status_code == 200
    assert state_of(session, message) is MessageState.DELIVERED

    fields = {"id": "a1", "from": NUMBER[1:], "to": "1", "text": "STOP"}
    said = client.get(f"/callbacks/sms/gateway/{SECRET}/inbound", query_string=fields)
    assert said.status_code == 200
    assert rows(session, sa.select(Contact.state).where(Contact.id == contact.id)) == [
        AddressState.STOPPED
    ]


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
