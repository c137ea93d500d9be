"""Texts out and answers in through a real Kannel, on a really served application."""

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
import sqlalchemy as sa

from config import load
from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.parts.kannel import PASSWORD, USER, kannel
from tests.parts.running import until
from tests.rings import KEYS
from tests.serving import serving
from tracker.app import create_app
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.domain.outgoing import Outgoing, Words
from tracker.domain.reply import ReplyKind
from tracker.jobs import deliver, tick
from tracker.jobs.outlets import channels
from tracker.models import AddressState, Contact, DeliveryReport, Reply, Watch

pytestmark = pytest.mark.timeout(120)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
SECRET = "0123456789abcdefX"
PATIENT, CLINIC = "+441632960123", "+441632960999"
ACCENTS = "Żółć, £ i {nawiasy}"


def nobody(environ, start):
    """Between two tests: what comes late is taken and forgotten."""
    start("200 OK", [])
    return []


@pytest.fixture(scope="module")
def front():
    """A server in front of whichever application a test has: Kannel keeps its lines open."""
    at = SimpleNamespace(app=nobody, url="")
    with serving(lambda *asked: at.app(*asked), threads=2) as server:
        at.url = f"http://127.0.0.1:{server.effective_port}"
        yield at


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, front):
    callbacks = f"{front.url}/callbacks/sms/gateway/{SECRET}"
    with kannel(tmp_path_factory.mktemp("kannel"), callbacks) as found:
        yield found


@pytest.fixture
def settings(database_url, tmp_path, gateway, front):
    environ = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "for tests",
        "SEALING_KEYS": KEYS,
        "PUBLIC_URL": front.url,
        "CHANNEL_SMS": "gateway",
        "SMS_FROM": CLINIC,
        "SMS_GATEWAY_URL": gateway.url,
        "SMS_GATEWAY_USER": USER,
        "SMS_GATEWAY_PASSWORD": PASSWORD,
        "SMS_GATEWAY_SECRET": SECRET,
    }
    return load(environ, instance=tmp_path / "instance")


@pytest.fixture
def served(settings, front, monkeypatch):
    """This test's application, where Kannel calls."""
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: NOW)
    front.app = create_app(settings)
    yield front.app
    app, front.app = front.app, nobody
    app.extensions["tracker"].engine.dispose()


@pytest.fixture
def outlets(settings):
    found = channels(settings)
    yield found
    found.close()


@pytest.fixture
def ward(session):
    """A clinic with a watched pump, whose patient reads texts."""
    ward = a_ward(session)
    patient = a_patient(session, ward)
    new = AddressState.UNVERIFIED
    contact = a_contact(session, patient, address=PATIENT, state=new)
    contact.channel = Channel.SMS
    a_watched_pump(session, ward, patient=patient, danger_at=NOW + timedelta(days=14))
    session.commit()
    return SimpleNamespace(name=ward.clinic.name, phone=ward.clinic.phone)


def seen(session, asked) -> list:
    found = list(session.scalars(asked.execution_options(populate_existing=True)))
    session.commit()
    return found


def test_a_text_arrives_and_its_reports_come_back_once_each(
    gateway, served, outlets, sessions, session, ward
):
    tick(sessions, now=NOW, host="h", channels=frozenset(Channel))
    reported = sa.select(DeliveryReport).order_by(DeliveryReport.id)

    with gateway.phone() as got:
        deliver(sessions, outlets, host="h", now=NOW)
        until(lambda: got() and len(seen(session, reported)) >= 2, told=gateway.told)

    assert len(got()) == 1
    assert f"<{CLINIC} {PATIENT} text " in got()[0]
    assert ward.phone in got()[0]
    (message,) = messages(session, channel=Channel.SMS)
    assert message.state is MessageState.DELIVERED
    reports = seen(session, reported)
    assert sorted((one.status, one.message_id) for one in reports) == [
        ("1", message.id),
        ("8", message.id),
    ]
    assert seen(session, sa.select(Contact.state)) == [AddressState.OK]
    time.sleep(1.5)  # after one second Kannel would call again
    assert "HTTP: Retrying request" not in gateway.told()
    assert len(seen(session, reported)) == 2


def test_an_accent_arrives_as_it_was_written(gateway, served, outlets, session):
    reported = sa.select(DeliveryReport)

    with gateway.phone() as got:
        words = Words("s", "b", "h", ACCENTS)
        outlets.senders[Channel.SMS].send(Outgoing("k", PATIENT, words, NOW))
        until(lambda: got() and len(seen(session, reported)) >= 2, told=gateway.told)

    printed = got()[0].split(" ucs-2 ")[1].rstrip(">").replace("+", " ")
    assert unquote_to_bytes(printed).decode("utf-16-be") == ACCENTS


def test_promise_persistent_stop_from_a_telephone_blocks_its_number(
    gateway, served, session, ward
):
    with gateway.phone(f"{PATIENT} {CLINIC} text Stop.  Thank you") as got:
        until(lambda: seen(session, sa.select(Reply)), told=gateway.told)

    (reply,) = seen(session, sa.select(Reply))
    assert (reply.kind, reply.body) == (ReplyKind.STOP, "Stop.  Thank you")
    assert (reply.from_address, reply.to_address) == (PATIENT, CLINIC)
    assert seen(session, sa.select(Contact.state)) == [AddressState.STOPPED]
    kinds = seen(session, sa.select(Watch.kind).where(Watch.closed_at.is_(None)))
    assert set(kinds) == {WatchKind.REFILL, WatchKind.UNDELIVERABLE}
    assert got() == []


def test_help_is_answered_on_the_telephone_and_other_words_are_not(
    gateway, served, session, ward
):
    with gateway.phone(f"{PATIENT} {CLINIC} text I feel ill") as got:
        until(lambda: seen(session, sa.select(Reply)), told=gateway.told)
    assert got() == []  # an empty answer is not sent on

    with gateway.phone(f"{PATIENT} {CLINIC} text HELP") as got:
        until(got, told=gateway.told)
    assert f"{ward.name}: please telephone {ward.phone}." in got()[0]


def test_an_answer_with_accents_is_read_as_it_was_written(gateway, served, session, ward):
    wide = quote_from_bytes(ACCENTS.encode("utf-16-be"), safe="")
    with gateway.phone(f"{PATIENT} {CLINIC} ucs2 {wide}"):
        until(lambda: seen(session, sa.select(Reply)), told=gateway.told)

    assert seen(session, sa.select(Reply.body)) == [ACCENTS]
