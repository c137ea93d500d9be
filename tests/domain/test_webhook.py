"""Which addresses may be typed, how a call is signed, and how long one waits for the next."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.retries import PAUSES, pause_after
from tracker.domain.webhook import (
    FAILING,
    WrongAddress,
    a_secret,
    host_of,
    signed,
)

# The example of Standard Webhooks' own libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY, AT = "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
MADE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_call_is_signed_as_the_standard_s_own_example():
    assert signed([SECRET], KEY, BODY, now=AT) == {
        "webhook-id": KEY,
        "webhook-timestamp": "1614265330",
        "webhook-signature": MADE,
    }


def test_while_two_secrets_are_known_both_sign():
    new, old = signed([a_secret(), SECRET], KEY, BODY, now=AT)["webhook-signature"].split(" ")

    assert old == MADE != new


@pytest.mark.parametrize("part", ["key", "body", "time", "secret"])
def test_whatever_is_changed_changes_the_signature(part):
    said = signed(
        [a_secret() if part == "secret" else SECRET],
        KEY + "x" if part == "key" else KEY,
        BODY + b" " if part == "body" else BODY,
        now=AT + timedelta(seconds=part == "time"),
    )

    assert said["webhook-signature"] != MADE


def test_an_address_is_told_by_its_host():
    assert host_of("https://Hooks.example.org:8443/pumps?key=1") == "hooks.example.org"


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("http://example.org/", id="anybody could read it"),
        pytest.param("https://", id="no host"),
        pytest.param("example.org", id="no scheme"),
        pytest.param("https://nadia:pw@example.org/", id="a login"),
        pytest.param("https://example.org/#part", id="a part of a page"),
        pytest.param("https://example.org:99999/", id="no port"),
        pytest.param("https://ex ample.org/", id="a blank"),
        pytest.param("https://exämple.org/", id="not ASCII"),
        pytest.param("https://example.org/\r\nX: 1", id="a header"),
        pytest.param("https://[::1/", id="half an address"),
        pytest.param("https://127.0.0.1/", id="this machine"),
        pytest.param("https://[::1]/", id="this machine in IPv6"),
        pytest.param("https://localhost/", id="this machine by name"),
        pytest.param("https://10.0.0.7/", id="a neighbour"),
        pytest.param("https://169.254.169.254/", id="a cloud's secrets"),
        pytest.param("https://printer.local/", id="a neighbour by name"),
        pytest.param("https://example.org/" + "x" * 500, id="too long"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_where_it_is_typed(address):
    with pytest.raises(WrongAddress) as refused:
        host_of(address)
    assert refused.value.field == "address"


def test_who_fails_is_left_alone_longer_each_time_and_never_for_more_than_an_hour():
    pauses = [pause_after(count) for count in range(1, 30)]

    assert pauses[: len(PAUSES)] == list(PAUSES)
    assert set(pauses[len(PAUSES) :]) == {timedelta(hours=1)}
    assert sum(pauses[: FAILING - 1], timedelta()) < timedelta(hours=4)
