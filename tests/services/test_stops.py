"""A number that takes no more texts: who is told, and what ends that watch."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.outlets import URL, Listed
from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import Outlets, deliver, tick
from tracker.models import AddressState, Consent, Contact, Watch
from tracker.notify.render import Renderer
from tracker.services import stops

DAY = timedelta(days=1)
NUMBER = "+441632960123"
WAYS = frozenset(Channel)


@pytest.fixture
def ward(session):
    return a_ward(session)


@pytest.fixture
def ada(session, ward, now):
    """A patient who reads texts, two weeks before her pump's date."""
    patient = a_patient(session, ward)
    contact = a_contact(session, patient, address=NUMBER)
    contact.channel = Channel.SMS
    a_watched_pump(session, ward, patient=patient, danger_at=now + 14 * DAY)
    session.commit()
    return contact


@pytest.fixture
def stopped(session, ada, now):
    """The watch that asks for another way."""
    stops.stop(session, Channel.SMS, NUMBER, how="STOP by text message", now=now)
    session.commit()
    return the_watch(session)


def the_watch(session) -> Watch:
    asked = sa.select(Watch).where(Watch.kind == WatchKind.UNDELIVERABLE)
    return session.scalars(asked.execution_options(populate_existing=True)).one()


def test_promise_persistent_a_number_that_opted_out_at_the_provider_is_stopped(
    sessions, session, ada, now
):
    """Twilio's 21610 at the hand-over is a STOP that it kept to itself."""
    phone = Listed(fails=DeliveryFailed("no", refusal=Refusal.OPTED_OUT, provider_code="21610"))
    outlets = Outlets({Channel.SMS: phone, Channel.EMAIL: Listed()}, Renderer(URL))

    tick(sessions, now=now, host="h", channels=WAYS)
    deliver(sessions, outlets, host="h", now=now)

    (text,) = messages(session, channel=Channel.SMS)
    assert text.state is MessageState.FAILED
    contact = session.get_one(Contact, ada.id)
    assert contact.state is AddressState.STOPPED
    last = contact.consents[-1]
    assert (last.is_given, last.recorded_by_id) == (False, None)
    watches = sa.select(Watch.kind).where(Watch.closed_at.is_(None))
    kinds = session.scalars(watches).all()
    assert WatchKind.UNDELIVERABLE in kinds
    assert WatchKind.REFILL in kinds

    phone.fails = None
    session.commit()
    for number in range(1, 5):
        tick(sessions, now=now + number * DAY, host="h", channels=WAYS)
        deliver(sessions, outlets, host="h", now=now + number * DAY)
    assert phone.taken == []


def agrees_otherwise(session, ada, at) -> None:
    new = a_contact(session, ada.patient, address="ada@new.example")
    new.recorded_at = at


def writes_down_a_decision(session, ada, at) -> None:
    by = ada.recorded_by_id
    said = Consent(is_given=False, how="by telephone: letters only", recorded_at=at)
    said.contact_id, said.recorded_by_id = ada.id, by
    session.add(said)


@pytest.mark.parametrize(
    ("end", "evidence"),
    [
        (agrees_otherwise, "address_mended"),
        (writes_down_a_decision, "another_way_agreed"),
    ],
)
def test_it_ends_with_another_way_or_a_decision(
    sessions, session, ada, stopped, now, end, evidence
):
    end(session, ada, now + DAY)
    session.commit()

    tick(sessions, now=now + 2 * DAY, host="h", channels=WAYS)

    watch = the_watch(session)
    assert watch.closed_at == now + 2 * DAY
    assert watch.evidence_kind == evidence


def old_contact(session, ada, at) -> None:
    other = a_contact(session, ada.patient, address="ada@old.example")
    other.recorded_at = at - 30 * DAY


def the_same_number_again(session, ada, at) -> None:
    ada.state = AddressState.OK


def the_provider_says_it_twice(session, ada, at) -> None:
    stops.stop(session, Channel.SMS, NUMBER, how="STOP by text message", now=at)


@pytest.mark.parametrize(
    "event", [old_contact, the_same_number_again, the_provider_says_it_twice]
)
def test_promise_evidence_only_nothing_less_ends_it(
    sessions, session, ada, stopped, now, event
):
    event(session, ada, now + DAY)
    session.commit()

    for number in range(1, 8):
        tick(sessions, now=now + number * DAY, host="h", channels=WAYS)

    assert the_watch(session).closed_at is None
