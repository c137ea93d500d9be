"""What is another way to reach somebody, and what is none though it was written down since."""

from datetime import timedelta

import pytest

from tests.cast import a_contact, a_ward, asked_to_book, telephone_tasks
from tests.outlets import Listed, into
from tracker.domain.message import Channel
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import deliver, tick
from tracker.models import AddressState, Relation
from tracker.services.contacts import decide_consent
from tracker.services.patients import NewContact, add_contact
from tracker.services.stops import stop_contact

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def ward(session):
    return a_ward(session)


@pytest.fixture
def patient(session, ward, now):
    found = asked_to_book(session, ward, now=now).pump.patient
    session.commit()
    return found


def lost(sessions, session, *, now):
    """Her e-mail is refused for good: its address is wrong."""
    wrong = DeliveryFailed("no such address", refusal=Refusal.BAD_ADDRESS)
    tick(sessions, now=now, host="h")
    deliver(sessions, into(Listed(fails=wrong)), host="h", now=now)
    session.expire_all()


def stopped(session, patient, *, now, state=AddressState.STOPPED):
    stop_contact(session, patient.contacts[0], how="by text message", state=state, now=now)
    session.commit()


def ticked(sessions, session, *, now):
    session.commit()
    for day in range(1, 4):
        tick(sessions, now=now + day * DAY, host="h")


def another(session, patient, ward, *, now, how="", relation=Relation.PATIENT):
    new = NewContact(relation, "Ada", Channel.EMAIL, "another@home.example", how)
    return add_contact(session, patient, new, by=ward.nadia, now=now)


@pytest.mark.parametrize("how", ["", "by letter"])
@pytest.mark.parametrize("is_lost", [True, False])
def test_promise_evidence_only_an_address_that_nobody_agreed_to_is_no_way(
    sessions, session, ward, patient, now, is_lost, how
):
    """It is on record, and nothing is sent there."""
    if is_lost:
        lost(sessions, session, now=now)
    else:
        stopped(session, patient, now=now)
    assert len(telephone_tasks(session)) == 1

    another(session, patient, ward, how=how, now=now + HOUR)
    ticked(sessions, session, now=now)

    assert len(telephone_tasks(session)) == (0 if how else 1)


@pytest.mark.parametrize("relation", [Relation.PHYSICIAN, Relation.CARER])
@pytest.mark.parametrize("is_lost", [True, False])
def test_promise_evidence_only_an_address_of_somebody_else_is_no_way_to_the_patient(
    sessions, session, ward, patient, now, is_lost, relation
):
    if is_lost:
        lost(sessions, session, now=now)
    else:
        stopped(session, patient, now=now)

    another(session, patient, ward, how="by letter", relation=relation, now=now + HOUR)
    ticked(sessions, session, now=now)

    assert len(telephone_tasks(session)) == 1


def test_a_consent_that_is_given_since_for_an_older_address_is_a_way(
    sessions, session, ward, patient, now
):
    older = another(session, patient, ward, now=now - DAY)
    session.commit()
    lost(sessions, session, now=now)
    ticked(sessions, session, now=now)
    assert len(telephone_tasks(session)) == 1

    decide_consent(session, older, is_given=True, how="by letter", by=ward.nadia, now=now + DAY)
    session.commit()

    assert telephone_tasks(session) == []


def test_promise_evidence_only_who_else_wants_no_more_agrees_on_nothing(
    session, ward, patient, now
):
    ben = a_contact(session, patient, relation=Relation.CARER, address="ben@home.example")
    a_contact(session, patient, relation=Relation.CARER, address="cy@home.example")
    stopped(session, patient, now=now)

    decide_consent(session, ben, is_given=False, how="by letter", by=ward.nadia, now=now + DAY)
    session.commit()

    assert len(telephone_tasks(session)) == 1


def test_promise_evidence_only_a_consent_for_a_number_of_somebody_else_agrees_on_nothing(
    session, ward, patient, now
):
    stopped(session, patient, state=AddressState.INVALID, now=now)
    (ada,) = patient.contacts

    decide_consent(session, ada, is_given=True, how="on paper", by=ward.nadia, now=now + HOUR)
    session.commit()
    assert len(telephone_tasks(session)) == 1

    decide_consent(session, ada, is_given=False, how="letters", by=ward.nadia, now=now + DAY)
    session.commit()
    assert telephone_tasks(session) == []
