"""A task to telephone is answered in the very moment in which it is asked about another."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_message
from tests.cast import a_contact, a_ward, asked_to_book, telephone_tasks
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.domain.silence import CallResult
from tracker.models import AddressState, Message, Relation, Staff, Watch
from tracker.services import undelivered
from tracker.services.contact_attempts import record_call
from tracker.services.reached_again import about

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def waiting(sessions) -> int:
    """How many wait for somebody's lock: a transaction is told the same each time it asks."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with sessions() as looking:
        return looking.scalar(sa.text(asked))


def made_meanwhile(sessions, task, *, result, again_on=None, now, act):
    """A call about a task, written down while another's `act` waits to be committed."""
    with sessions() as theirs, sessions() as calling, ThreadPoolExecutor(1) as beside:
        seen = calling.get_one(Watch, task.id)
        nadia = calling.scalars(sa.select(Staff).where(Staff.name == "Nadia")).one()
        act(theirs)

        def call():
            record_call(
                calling, seen, result=result, called="Ada", called_at=now,
                next_call_on=again_on, by=nadia, now=now,
            )  # fmt: skip
            calling.commit()

        made = beside.submit(call)
        while not waiting(sessions) and not made.done():
            time.sleep(0.01)
        theirs.commit()
        made.result(timeout=20)


@pytest.fixture
def messages(session, now):
    """An e-mail to Ada that perhaps never came, and one to Ben that was refused."""
    refill = asked_to_book(session, a_ward(session), now=now)
    (ada,) = refill.pump.patient.contacts
    facts = {"address": "ben@home.example", "state": AddressState.INVALID}
    ben = a_contact(session, refill.pump.patient, relation=Relation.CARER, name="Ben", **facts)
    unclear = a_message(session, refill, contact=ada, state="unknown")
    refused = a_message(session, refill, contact=ben, state="failed")
    undelivered.ask_to_telephone(session, unclear, now=now)
    session.commit()
    return unclear.id, refused.id


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_promise_evidence_only_a_call_answers_nothing_that_is_asked_in_that_moment(
    sessions, session, messages, now
):
    """Ada is reached about her e-mail; in that moment Ben's address is found wrong."""
    (task,) = telephone_tasks(session)

    def report(theirs):
        refused = theirs.get_one(Message, messages[1])
        undelivered.report(theirs, refused, "no such address", now=now + HOUR)

    made_meanwhile(sessions, task, result=CallResult.REACHED, now=now + HOUR, act=report)

    (task,) = telephone_tasks(session)
    assert about(task) == list(messages)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_call_is_promised_about_what_ends_in_that_moment(sessions, session, messages, now):
    """Nobody answers; in that moment the e-mail is reported to have come."""
    (task,) = telephone_tasks(session)

    def report(theirs):
        unclear = theirs.get_one(Message, messages[0])
        unclear.state, unclear.sent_at = MessageState.DELIVERED, now
        unclear.delivered_at = now + HOUR
        undelivered.arrived(theirs, unclear, now=now + HOUR)

    facts = {"again_on": now.date() + DAY, "now": now + HOUR}
    made_meanwhile(sessions, task, result=CallResult.NO_ANSWER, **facts, act=report)

    assert telephone_tasks(session) == []
    promised = sa.select(Watch).where(Watch.kind == WatchKind.CALL, Watch.closed_at.is_(None))
    assert session.scalars(promised).all() == []
