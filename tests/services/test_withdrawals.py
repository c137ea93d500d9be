"""A consent that staff take back: who is asked for another way, and when nobody has to be."""

from datetime import timedelta

import pytest

from tests.cast import a_contact, a_ward, asked_to_book, telephone_tasks
from tracker.domain.silence import SilenceKind
from tracker.jobs import tick
from tracker.models import AddressState, Relation
from tracker.services.contacts import decide_consent, mend_contact
from tracker.services.silences import snooze
from tracker.services.stops import stop_contact

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def ward(session):
    return a_ward(session)


@pytest.fixture
def watch(session, ward, now):
    found = asked_to_book(session, ward, now=now)
    session.commit()
    return found


@pytest.fixture
def ada(watch):
    (contact,) = watch.pump.patient.contacts
    return contact


def withdrawn(session, contact, ward, *, now, how="by telephone", is_given=False):
    decide_consent(session, contact, is_given=is_given, how=how, by=ward.nadia, now=now)
    session.commit()


def test_promise_persistent_who_can_be_written_to_no_more_is_asked_for_another_way(
    sessions, session, ward, watch, ada, now
):
    withdrawn(session, ada, ward, now=now)

    (task,) = telephone_tasks(session)
    assert task.owner_id == watch.pump.owner_id
    assert "asked for no more e-mails" in task.explanation["sentence"]
    for day in range(8):
        tick(sessions, now=now + day * DAY, host="h")
    assert telephone_tasks(session) == [task]  # the withdrawal itself agrees on nothing


def test_what_was_put_off_counts_on_no_messages_any_more(session, ward, watch, ada, now):
    until = now + DAY
    silence = snooze(session, watch, until=until, reason="asked twice", by=ward.nadia, now=now)
    assert silence.kind is SilenceKind.SNOOZE

    withdrawn(session, ada, ward, now=now + HOUR)

    assert silence.ended_at == now + HOUR


@pytest.mark.parametrize("how", ["letters only", "given again"])
def test_it_ends_with_what_is_written_down_after_it(session, ward, ada, now, how):
    withdrawn(session, ada, ward, now=now)
    (task,) = telephone_tasks(session)

    is_given = how == "given again"
    withdrawn(session, ada, ward, now=now + HOUR, how=how, is_given=is_given)

    assert telephone_tasks(session) == []
    assert task.evidence_kind == "another_way_agreed"


def test_nobody_is_asked_while_another_way_is_open(session, ward, watch, ada, now):
    ben = a_contact(
        session, watch.pump.patient, relation=Relation.CARER, address="ben@home.example"
    )
    withdrawn(session, ada, ward, now=now)
    assert telephone_tasks(session) == []

    withdrawn(session, ben, ward, now=now)
    assert len(telephone_tasks(session)) == 1


def test_promise_persistent_a_doctor_is_no_way_for_nothing_is_sent_there(
    session, ward, watch, ada, now
):
    gee = a_contact(
        session, watch.pump.patient, relation=Relation.PHYSICIAN, address="gee@practice.example"
    )
    withdrawn(session, ada, ward, now=now)
    assert len(telephone_tasks(session)) == 1

    withdrawn(session, gee, ward, now=now + HOUR)  # nor is anything lost with them
    assert len(telephone_tasks(session)) == 1


@pytest.mark.parametrize("state", [AddressState.STOPPED, AddressState.INVALID])
def test_an_address_that_is_refused_is_no_way(session, ward, watch, ada, now, state):
    a_contact(session, watch.pump.patient, address="old@home.example", state=state)

    withdrawn(session, ada, ward, now=now)

    assert len(telephone_tasks(session)) == 1


def test_a_mended_address_takes_its_consent_along_and_asks_nobody(session, ward, ada, now):
    mend_contact(session, ada, "ada@new.example", by=ward.nadia, now=now)
    session.commit()

    assert telephone_tasks(session) == []


def test_who_was_not_written_to_before_loses_nothing(session, ward, ada, now):
    ada.state = AddressState.INVALID
    session.flush()

    withdrawn(session, ada, ward, now=now)

    assert telephone_tasks(session) == []


def test_what_staff_write_down_after_a_stop_answers_it(session, ward, watch, ada, now):
    stop_contact(session, ada, how="STOP by text message", now=now)
    session.commit()
    assert len(telephone_tasks(session)) == 1

    withdrawn(session, ada, ward, now=now + HOUR, how="by telephone: letters only")

    assert telephone_tasks(session) == []


def test_whose_pump_is_watched_no_more_misses_no_message(session, ward, watch, ada, now):
    watch.pump.ended_at, watch.pump.end_kind, watch.pump.end_note = now, "explanted", "out"
    session.flush()

    withdrawn(session, ada, ward, now=now)

    assert telephone_tasks(session) == []
