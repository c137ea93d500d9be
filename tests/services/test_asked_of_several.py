"""One watch asks of all that reached nobody about a pump; none of it is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages, telephone_tasks
from tests.outlets import Listed, into
from tracker.domain.bounce import Bounce
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Ladder, default_ladder
from tracker.domain.message import MessageState
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.domain.silence import CallResult
from tracker.jobs import deliver, tick
from tracker.models import AddressState, Contact, Message, Relation, Staff, Watch
from tracker.services.bounces import receive
from tracker.services.contact_attempts import record_call
from tracker.services.contacts import mend_contact
from tracker.services.policies import write_policy
from tracker.services.reached_again import about

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ADA, BEN = "ada@home.example", "ben@home.example"


class Dropped(Listed):
    """The line drops after a text for one of them had left."""

    lost: tuple[str, ...] = ()

    def send(self, outgoing):
        if outgoing.to_address in self.lost:
            raise DeliveryFailed("the line dropped", refusal=Refusal.UNCLEAR)
        return super().send(outgoing)


@pytest.fixture
def ward(session, now):
    """Ada and Ben, who cares for her, are both written to a week before the date."""
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    a_contact(session, patient, relation=Relation.CARER, address=BEN, name="Ben")
    a_watched_pump(session, ward, patient=patient, danger_at=now + 7 * DAY, next_action_at=now)
    session.commit()
    return ward


def written(sessions, session, *, lost, now):
    sender = Dropped()
    sender.lost = lost
    tick(sessions, now=now, host="h")
    deliver(sessions, into(sender), host="h", now=now)
    return {one.contact.address: one for one in messages(session) if one.contact is not None}


def reported(session, message, action, *, now):
    session.expire_all()
    code = "5.1.1" if action == "failed" else "2.0.0"
    receive(session, Bounce(message.reference, action, code), now=now)
    session.commit()


def reached(session, watch, ward, *, now):
    record_call(
        session, watch, result=CallResult.REACHED, called="Ada", called_at=now,
        next_call_on=None, by=ward.nadia, now=now,
    )  # fmt: skip
    session.commit()


def test_promise_evidence_only_a_mended_address_does_not_end_what_is_asked_of_another(
    sessions, session, ward, now
):
    """Ben's address is mended: nobody knows yet whether Ada was told."""
    to = written(sessions, session, lost=(), now=now)
    ada, ben, number = to[ADA], to[BEN], to[ADA].id
    reported(session, ben, "failed", now=now + MINUTE)
    (watch,) = telephone_tasks(session)
    with sessions.begin() as other:  # her message turns out to be unclear
        message = other.get_one(Message, number)
        message.state, message.sent_at = MessageState.CLAIMED, None
        message.lease_until = now + 2 * MINUTE
    tick(sessions, now=now + 3 * MINUTE, host="h")
    ben.contact.state = AddressState.OK
    session.commit()

    tick(sessions, now=now + 2 * DAY, host="h")

    (watch,) = telephone_tasks(session)
    assert "It is not known whether" in watch.explanation["sentence"]

    reported(session, ada, "delivered", now=now + 2 * DAY)

    assert telephone_tasks(session) == []


def test_promise_evidence_only_that_a_carer_has_a_new_address_reaches_no_patient(
    sessions, session, ward, now
):
    to = written(sessions, session, lost=(), now=now)
    ben = to[BEN].contact
    reported(session, to[ADA], "failed", now=now + MINUTE)
    (watch,) = telephone_tasks(session)

    mend_contact(session, ben, "ben@new.example", by=ward.nadia, now=now + HOUR)
    session.commit()
    tick(sessions, now=now + 2 * DAY, host="h")
    assert telephone_tasks(session) == [watch]

    ada = session.get_one(Contact, to[ADA].contact_id)
    mend_contact(session, ada, "ada@new.example", by=ward.nadia, now=now + 2 * DAY)
    session.commit()
    assert telephone_tasks(session) == []


def test_promise_evidence_only_a_call_tells_nobody_of_what_is_asked_after_it(
    sessions, session, ward, now
):
    """Ada was told, and Ben's address is asked for still. Then hers turns out to fail."""
    to = written(sessions, session, lost=(ADA,), now=now)
    ada, ben = to[ADA], to[BEN]
    reported(session, ben, "failed", now=now + MINUTE)
    (watch,) = telephone_tasks(session)
    reached(session, watch, ward, now=now + HOUR)
    assert telephone_tasks(session) == [watch]

    reported(session, ada, "failed", now=now + 2 * HOUR)
    ada.contact.state, ben.contact.state = AddressState.FAILING, AddressState.OK
    session.commit()
    tick(sessions, now=now + 2 * DAY, host="h")
    assert telephone_tasks(session) == [watch]

    reached(session, watch, ward, now=now + 2 * DAY)
    assert telephone_tasks(session) == []


def test_promise_evidence_only_nor_of_what_is_asked_in_the_same_minute(
    sessions, session, ward, now
):
    """A call is kept by the minute; when it was written down is known to the second."""
    to = written(sessions, session, lost=(ADA,), now=now)
    ada, ben = to[ADA], to[BEN]
    reported(session, ben, "failed", now=now + MINUTE)
    (watch,) = telephone_tasks(session)
    reached(session, watch, ward, now=now + HOUR)

    reported(session, ada, "failed", now=now + HOUR + MINUTE / 2)
    ada.contact.state, ben.contact.state = AddressState.FAILING, AddressState.OK
    session.commit()
    tick(sessions, now=now + 2 * DAY, host="h")

    assert telephone_tasks(session) == [watch]


def test_promise_evidence_only_one_report_does_not_end_what_is_asked_of_another(
    sessions, session, ward, now
):
    to = written(sessions, session, lost=(ADA, BEN), now=now)

    reported(session, to[ADA], "delivered", now=now + MINUTE)
    assert len(telephone_tasks(session)) == 1

    reported(session, to[BEN], "delivered", now=now + 2 * MINUTE)
    assert telephone_tasks(session) == []


def test_promise_exactly_enough_a_bounce_beside_an_unclear_sending_is_told_too(
    sessions, session, ward, now
):
    to = written(sessions, session, lost=(ADA,), now=now)

    reported(session, to[BEN], "failed", now=now + MINUTE)

    (watch,) = telephone_tasks(session)
    assert "can't be delivered" in watch.explanation["sentence"]
    assert "It is not known whether" in watch.explanation["sentence"]


def test_what_a_restore_has_forgotten_is_asked_about_once_for_each_reader(
    sessions, session, ward, now
):
    """A step that is said again each day asks no more of whoever telephones."""
    watch = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.REFILL)).one()
    watch.perhaps_told = 5
    own = default_ladder(WatchKind.REFILL, watch.risk_class).steps
    steps = (*own[:4], replace(own[4], repeat=DAY), replace(own[-2], ordinal=6))
    watch.policy = write_policy(
        session, ward.clinic.id, WatchKind.REFILL, watch.risk_class, Ladder(steps), now=now
    )
    session.commit()

    for days in range(5):
        written(sessions, session, lost=(), now=now + days * DAY)

    (task,) = telephone_tasks(session)
    assert len(about(task)) == 2


def test_an_address_that_fails_again_and_again_is_asked_about_once(
    sessions, session, ward, now
):
    """However many notices a colleague misses, the sentence stays as long as it is."""
    said = set()
    for hours in range(0, 20 * 24, 12):
        tick(sessions, now=now + hours * HOUR, host="h")
        deliver(sessions, into(Listed()), host="h", now=now + hours * HOUR)
        for one in messages(session, state=MessageState.SENT):
            if one.staff_id == ward.nadia.id:
                code = Bounce(one.reference, "failed", "5.2.2", f"full {one.id}")
                receive(session, code, now=now + hours * HOUR)
        session.get_one(Staff, ward.nadia.id).email_state = AddressState.FAILING
        session.commit()
        said |= {
            one.explanation["sentence"]
            for one in telephone_tasks(session)
            if one.pump_id is None
        }

    assert len(said) == 1
