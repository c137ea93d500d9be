"""Texts over HTTP: what was handed over, and how far a broken hand-over came."""

from datetime import UTC, datetime

import pytest

from config import load
from tests import http_sink
from tracker.domain.message import Channel
from tracker.domain.outgoing import DeliveryFailed, Outgoing, Refusal, Words
from tracker.jobs.outlets import channels
from tracker.notify.console import ConsoleChannel
from tracker.notify.gateway import Gateway, GatewayChannel
from tracker.notify.twilio import Account, TwilioChannel

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
WORDS = Words("subject", "body", "html", "Hill Clinic: please call 01632 960 001.")
TEXT = Outgoing("12:3:0:c4:sms", "+441632960123", WORDS, NOW)
HERE = "https://pumps.example/callbacks/sms"


@pytest.fixture
def sink():
    with http_sink.listening() as found:
        yield found


@pytest.fixture
def twilio(sink):
    channel = TwilioChannel(
        Account("AC1", "hushhush", "+441632960999", f"{HERE}/twilio", sink.url, 0.5)
    )
    yield channel
    channel.close()


@pytest.fixture
def gateway(sink):
    channel = GatewayChannel(
        Gateway(
            f"{sink.url}/cgi-bin/sendsms",
            "+441632960999",
            f"{HERE}/gateway/s3cret",
            user="clinic",
            password="hushhush",
            timeout=0.5,
        )
    )
    yield channel
    channel.close()


def failure_of(channel, outgoing=TEXT) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failed:
        channel.send(outgoing)
    assert "hushhush" not in f"{failed.value} {failed.value.message}"
    assert failed.value.__cause__ is None
    return failed.value


def test_twilio_is_handed_the_text_and_told_where_to_report(twilio, sink):
    assert twilio.send(TEXT) == "SM1"
    assert twilio.send(TEXT) == "SM1"

    assert sink.asked[0] == (
        "POST",
        "/2010-04-01/Accounts/AC1/Messages.json",
        {
            "To": "+441632960123",
            "From": "+441632960999",
            "Body": WORDS.sms,
            "StatusCallback": f"{HERE}/twilio/12:3:0:c4:sms",
        },
    )


def test_a_clinics_own_number_takes_the_place_of_the_one_for_all(twilio, sink):
    twilio.send(Outgoing("k", "+441632960123", WORDS, NOW, sender="+441632960555"))

    assert sink.asked[0][2]["From"] == "+441632960555"


@pytest.mark.parametrize(
    ("status", "body", "refusal"),
    [
        (201, "<html>", Refusal.UNCLEAR),
        (201, "{}", Refusal.UNCLEAR),
        (201, '{"sid": 7}', Refusal.UNCLEAR),
        (http_sink.DROP, "", Refusal.UNCLEAR),
        (http_sink.HANG, "", Refusal.UNCLEAR),
        (302, "", Refusal.CHANNEL_DOWN),
        (401, '{"code": 20003}', Refusal.CHANNEL_DOWN),
        (403, "", Refusal.CHANNEL_DOWN),
        (429, '{"code": 20429}', Refusal.FOR_NOW),
        (500, "", Refusal.CHANNEL_DOWN),
        (503, "oops", Refusal.CHANNEL_DOWN),
        (400, '{"code": 21211, "message": "not a number"}', Refusal.BAD_ADDRESS),
        (400, '{"code": 21614}', Refusal.BAD_ADDRESS),
        (400, '{"code": 21610}', Refusal.OPTED_OUT),
        (400, '{"code": 21602}', Refusal.FOR_GOOD),
        (400, "[]", Refusal.FOR_GOOD),
    ],
)
def test_each_answer_of_twilio_means_one_thing(twilio, sink, status, body, refusal):
    sink.status, sink.body = status, body

    assert failure_of(twilio).refusal is refusal
    assert len(sink.asked) == 1  # nothing is followed, and nothing tried twice


def test_a_provider_that_is_not_there_has_taken_nothing():
    with http_sink.listening() as gone:
        pass

    channel = TwilioChannel(Account("AC1", "hushhush", "+1", HERE, gone.url, 0.5))

    assert failure_of(channel).refusal is Refusal.CHANNEL_DOWN


def test_a_gateway_is_asked_in_its_own_words(gateway, sink):
    sink.status, sink.body = 202, "0: Accepted for delivery"

    assert gateway.send(TEXT) == TEXT.key
    method, path, fields = sink.asked[0]
    assert (method, path) == ("GET", "/cgi-bin/sendsms")
    assert fields["username"] == "clinic"
    assert fields["to"] == "+441632960123"
    assert fields["text"] == WORDS.sms
    assert fields["dlr-url"] == f"{HERE}/gateway/s3cret/report/12:3:0:c4:sms?status=%d"


@pytest.mark.parametrize(("text", "coding"), [("£ and €", "0"), ("Żółć", "2")])
def test_a_letter_outside_the_seven_bits_goes_as_it_was_written(gateway, sink, text, coding):
    gateway.send(Outgoing("k", "+441632960123", Words("s", "b", "h", text), NOW))

    assert sink.asked[0][2]["text"] == text
    assert sink.asked[0][2]["coding"] == coding


def test_a_gateways_refusal_never_tells_its_password(gateway, sink):
    for status, refusal in (
        (403, Refusal.CHANNEL_DOWN),
        (400, Refusal.FOR_GOOD),
        (http_sink.DROP, Refusal.UNCLEAR),
    ):
        sink.status = status
        assert failure_of(gateway).refusal is refusal


@pytest.mark.parametrize(
    ("channel", "kind"),
    [("none", None), ("console", ConsoleChannel), ("twilio", TwilioChannel),
     ("gateway", GatewayChannel)],
)  # fmt: skip
def test_the_settings_name_the_way(sink, tmp_path, channel, kind):
    outlets = channels(load(settings_for(sink, channel), instance=tmp_path))

    made = outlets.senders.get(Channel.SMS)
    assert (made and type(made)) == kind
    outlets.close()


@pytest.mark.parametrize(
    ("channel", "reports_to"),
    [
        ("twilio", f"{HERE}/twilio/12:3:0:c4:sms"),
        ("gateway", f"{HERE}/gateway/0123456789abcdefX/report/12:3:0:c4:sms?status=%d"),
    ],
)
def test_each_way_is_told_where_we_take_reports(sink, tmp_path, channel, reports_to):
    environ = settings_for(sink, channel) | {"SMS_GATEWAY_TO_FIELD": "msisdn"}
    outlets = channels(load(environ, instance=tmp_path))

    outlets.senders[Channel.SMS].send(TEXT)
    outlets.close()

    fields = sink.asked[0][2]
    assert reports_to in fields.values()
    assert fields["msisdn" if channel == "gateway" else "To"] == "+441632960123"
    assert "+441632960999" in fields.values()


def settings_for(sink, channel) -> dict[str, str]:
    return {
        "PUBLIC_URL": "https://pumps.example/",
        "CHANNEL_SMS": channel,
        "SMS_FROM": "+441632960999",
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "hushhush",
        "TWILIO_BASE_URL": sink.url,
        "SMS_GATEWAY_URL": f"{sink.url}/cgi-bin/sendsms",
        "SMS_GATEWAY_SECRET": "0123456789abcdefX",
    }
