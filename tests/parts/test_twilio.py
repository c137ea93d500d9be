"""What we hand to Twilio, judged by Twilio's own description of its interface.

Prism serves that description and refuses each request that doesn't fit it.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.parts.running import free_ports, running, until
from tracker.domain.outgoing import DeliveryFailed, Outgoing, Refusal, Words
from tracker.notify.sms import Line
from tracker.notify.twilio import Account, TwilioChannel
from tracker.services.reports import MEANINGS

pytestmark = pytest.mark.timeout(120)
PARTS = Path(__file__).parents[2] / ".venv/parts/node_modules"
DESCRIPTION = PARTS / "@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
SID = "AC" + "0" * 31 + "1"
TEXT = Outgoing(
    "12:3:0:c4:sms",
    "+441632960123",
    Words("subject", "body", "html", "Hill Clinic: please call 01632 960 001."),
    datetime(2026, 6, 1, 8, tzinfo=UTC),
)
FIELDS = {"From": "+441632960999", "To": "+441632960123", "Body": "Hello"}


@pytest.fixture(scope="module")
def prism(tmp_path_factory):
    """The address of what speaks like Twilio."""
    folder = tmp_path_factory.mktemp("prism")
    program = PARTS / "@stoplight/prism-cli/dist/index.js"
    assert program.exists(), "these tests need tests/parts; scripts/system-deps installs them"
    (port,) = free_ports(1)
    command = ["node", program, "mock", "-h", "127.0.0.1", "-p", str(port), DESCRIPTION]
    with running(command, folder / "log", cwd=folder) as told:
        until(lambda: "Prism is listening" in told(), told=told)
        yield f"http://127.0.0.1:{port}"


def send(url: str) -> str:
    where = "https://pumps.example/callbacks/sms/twilio"
    channel = TwilioChannel(Account(SID, "a token", "+441632960999", where, url))
    try:
        return channel.send(TEXT)
    finally:
        channel.close()


def ask(url: str, fields: dict[str, str], auth: tuple[str, str] | None = (SID, "a token")):
    line = Line(20, auth)
    answer = line.ask("POST", f"{url}/2010-04-01/Accounts/{SID}/Messages.json", fields)
    line.close()
    return answer


def test_our_request_is_one_that_twilio_describes(prism):
    sid = send(prism)

    assert sid.startswith("SM")
    assert len(sid) == 34


def test_at_an_address_that_twilio_has_not_it_is_refused(prism):
    with pytest.raises(DeliveryFailed) as failed:
        send(f"{prism}/elsewhere")

    assert failed.value.refusal is Refusal.CHANNEL_DOWN


def test_a_text_that_was_taken_is_queued(prism):
    answer = ask(prism, FIELDS)

    assert answer.status == 201
    assert json.loads(answer.text)["status"] == "queued"


def test_without_a_reader_it_is_refused(prism):
    answer = ask(prism, {"From": "+441632960999", "Body": "Hello"})

    assert answer.status == 422
    assert "'To'" in answer.text


def test_without_our_login_it_is_refused(prism):
    assert ask(prism, FIELDS, auth=None).status == 401


def test_every_state_of_a_message_that_twilio_names_is_thought_of():
    described = json.loads(DESCRIPTION.read_text())
    states = set(described["components"]["schemas"]["message_enum_status"]["enum"])

    assert states - set(MEANINGS) == {
        "queued", "sending", "sent", "receiving", "received", "accepted", "scheduled",
        "partially_delivered",
    }  # fmt: skip
