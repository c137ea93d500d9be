"""Reports as providers call them in: signed or secret, kept, applied by rank."""

import pytest
import sqlalchemy as sa

from tests.web.callbacks.conftest import NUMBER, SECRET, open_watches, state_of
from tests.web.conftest import NOW, rows
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.domain.outgoing import Words
from tracker.models import (
    AddressState,
    Attempt,
    Contact,
    DeliveryReport,
    Message,
    Reply,
)
from tracker.services import receipts, settling, sweeping


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
    kept = [one.status for one in rows(session, sa.select(DeliveryReport))]
    assert kept == ["delivered", "sent", "undelivered", "queued"]
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
    settling.settle(session, [(message.id, attempt.id, sent)], now=NOW)
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
