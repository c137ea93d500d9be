"""What follows when a mail server reports that an e-mail could not be delivered."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages, telephone_tasks
from tests.outlets import Listed, into
from tracker.domain.bounce import Bounce
from tracker.domain.message import MessageState, reference_of
from tracker.jobs import deliver, tick
from tracker.models import AddressState, DeliveryReport
from tracker.services import silences
from tracker.services.bounces import Heard, receive

DAY = timedelta(days=1)
GONE = ("failed", "5.1.1", "550 no such user")
FULL = ("failed", "5.2.2", "552 mailbox full")
EXPIRED = ("failed", "4.4.1", "connection timed out")
LATER = ("delayed", "4.4.1", "connection timed out")
SENT, FAILED = MessageState.SENT, MessageState.FAILED


@pytest.fixture
def told(session, sessions, now):
    """A patient and staff have been written to; the e-mails were taken."""
    ward = a_ward(session)
    patient = a_patient(session, ward)
    contact = a_contact(session, patient)
    watch = a_watched_pump(session, ward, patient=patient, danger_at=now + 14 * DAY)
    session.commit()
    tick(sessions, now=now, host="test")
    deliver(sessions, into(Listed()), host="test", now=now)
    return ward, contact, watch


def to_patient(session):
    return next(one for one in messages(session) if one.contact_id is not None)


def bounce(session, message, kind, *, now):
    heard = receive(session, Bounce(message.reference, *kind), now=now)
    session.commit()
    return heard


def test_every_e_mail_has_its_reference_from_its_birth(session, told):
    names = {message.reference for message in messages(session)}

    assert len(names) == len(messages(session))
    assert all(re.fullmatch("[0-9a-f]{40}", one) for one in names)


@pytest.mark.parametrize("kind", [GONE, ("delivered", "2.0.0", "")])
def test_promise_exactly_enough_a_report_made_up_from_numbers_is_not_believed(
    session, told, now, kind
):
    """Numbers of watch, step and reader can be tried out; whoever does blocks no address."""
    ward, contact, _ = told
    before = {one.id: one.state for one in messages(session)}
    addresses = contact.state, ward.nadia.email_state
    for message in messages(session):
        heard = receive(session, Bounce(reference_of(message.key), *kind), now=now)
        assert heard is Heard.UNKNOWN
    session.commit()

    session.expire_all()
    assert {one.id: one.state for one in messages(session)} == before
    assert (contact.state, ward.nadia.email_state) == addresses
    assert telephone_tasks(session) == []


@pytest.mark.parametrize(("days", "state"), [(6, FAILED), (8, SENT)])
def test_a_name_of_an_older_version_is_believed_while_its_e_mail_may_be_under_way(
    session, told, now, days, state
):
    message = to_patient(session)
    message.reference = reference_of(message.key)
    session.commit()

    bounce(session, message, GONE, now=now + days * DAY)

    session.expire_all()
    assert message.state is state


@pytest.mark.parametrize(
    ("kind", "state", "address", "watches"),
    [
        pytest.param(GONE, FAILED, AddressState.INVALID, 1, id="no such user"),
        pytest.param(FULL, FAILED, AddressState.FAILING, 1, id="mailbox full"),
        pytest.param(EXPIRED, FAILED, AddressState.FAILING, 1, id="given up after days"),
        pytest.param(LATER, SENT, AddressState.OK, 0, id="delayed only"),
    ],
)
def test_promise_exactly_enough_a_bounce_makes_the_message_failed_and_tells_staff(
    session, told, now, kind, state, address, watches
):
    """Hazard H17: what could not be delivered is a task for staff."""
    _, contact, _ = told
    message = to_patient(session)

    assert bounce(session, message, kind, now=now) is Heard.KNOWN

    session.expire_all()
    assert (message.state, contact.state) == (state, address)
    assert len(telephone_tasks(session)) == watches
    assert session.scalars(sa.select(DeliveryReport)).one().message_id == message.id


def test_the_same_bounce_twice_is_one(session, told, now):
    message = to_patient(session)
    bounce(session, message, GONE, now=now)

    assert bounce(session, message, GONE, now=now + DAY) is Heard.TWICE

    assert len(session.scalars(sa.select(DeliveryReport)).all()) == 1
    assert len(telephone_tasks(session)) == 1


def test_a_failure_after_a_delay_is_another_report(session, told, now):
    message = to_patient(session)
    bounce(session, message, LATER, now=now)

    assert bounce(session, message, EXPIRED, now=now + DAY) is Heard.KNOWN

    session.expire_all()
    assert message.state is FAILED


def test_a_report_on_no_e_mail_of_ours_is_kept_and_changes_nothing(session, told, now):
    heard = receive(session, Bounce("f" * 40, *GONE), now=now)
    nameless = receive(session, Bounce("", *GONE), now=now)
    session.commit()

    assert (heard, nameless) == (Heard.UNKNOWN, Heard.UNKNOWN)
    assert len(session.scalars(sa.select(DeliveryReport)).all()) == 2
    assert telephone_tasks(session) == []
    assert FAILED not in {one.state for one in messages(session)}


def test_a_bounce_to_a_colleague_asks_for_their_address_to_be_mended(
    session, told, sessions, now
):
    # an hour later the owner and the coordinator are told
    later = now + timedelta(hours=2)
    tick(sessions, now=later, host="test")
    deliver(sessions, into(Listed()), host="test", now=later)
    message = next(
        one for one in messages(session) if one.staff is not None and one.state is SENT
    )

    bounce(session, message, GONE, now=later)

    session.expire_all()
    assert message.staff.email_state is AddressState.INVALID
    assert message.staff.name in telephone_tasks(session)[0].explanation["sentence"]


def test_a_bounce_of_an_address_that_is_another_by_now_marks_nobody(
    session, told, sessions, now
):
    later = now + timedelta(hours=2)
    tick(sessions, now=later, host="test")
    deliver(sessions, into(Listed()), host="test", now=later)
    message = next(
        one for one in messages(session) if one.staff is not None and one.state is SENT
    )
    message.staff.email = "new@hill.example"
    session.commit()

    bounce(session, message, GONE, now=later)

    session.expire_all()
    assert message.state is FAILED
    assert message.staff.email_state is not AddressState.INVALID


@pytest.mark.parametrize("kind", [GONE, FULL])
def test_promise_evidence_only_time_and_ticks_do_not_end_the_watch_on_a_bounce(
    session, told, sessions, now, kind
):
    bounce(session, to_patient(session), kind, now=now)

    for days in range(1, 4):
        tick(sessions, now=now + days * DAY, host="test")

    assert len(telephone_tasks(session)) == 1


def test_a_bounce_breaks_what_silenced_the_pump(session, told, now):
    ward, _, watch = told
    silences.acknowledge(
        session, watch, until=now + DAY, note="I phone", by=ward.nadia, now=now
    )
    session.commit()

    bounce(session, to_patient(session), GONE, now=now)

    assert silences.silenced(session, ward.clinic) == []


def test_a_bounce_that_is_quicker_than_our_own_note_is_not_lost(session, sessions, now):
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    a_watched_pump(session, ward, patient=patient, danger_at=now + 14 * DAY)
    session.commit()
    tick(sessions, now=now, host="test")
    message = to_patient(session)

    class Quick(Listed):
        """Reports back before it has answered."""

        def send(self, outgoing):
            with sessions.begin() as other:
                receive(other, Bounce(outgoing.name, *GONE), now=now)
            return super().send(outgoing)

    report = deliver(sessions, into(Quick()), host="test", now=now)

    session.expire_all()
    assert report.faults == []
    assert message.state is FAILED
    assert len(telephone_tasks(session)) == 1


@pytest.mark.parametrize("kind", [GONE, LATER])
def test_what_was_delivered_stays_delivered(session, told, now, kind):
    message = to_patient(session)
    bounce(session, message, ("delivered", "2.0.0", ""), now=now)

    bounce(session, message, kind, now=now)

    session.expire_all()
    assert message.state is MessageState.DELIVERED
    assert telephone_tasks(session) == []
