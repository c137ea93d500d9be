"""Who could not be written to: asked again where the record that ended it is struck out."""

from datetime import timedelta

import pytest

from tests.builders import a_contact, a_message
from tests.cast import telephone_tasks
from tests.riverside import FILLED_AT, filled_pump, open_watch, pump_of, refill_facts, refilled
from tracker.domain.outcome import Raised
from tracker.jobs import tick
from tracker.models import AddressState, PumpEnd
from tracker.services import undelivered
from tracker.services.corrections import void
from tracker.services.end_undoing import undo_end
from tracker.services.endings import endings_of
from tracker.services.pumps import end_pump
from tracker.services.stops import stop_contact

DAY = timedelta(days=1)
NOW = FILLED_AT + 20 * DAY


@pytest.fixture
def begins_with():
    return filled_pump


@pytest.fixture
def at(standing):
    return standing


def lost(session, at, raised):
    """A message to the patient that did not come, or perhaps didn't."""
    contact = a_contact(session, at.pump.patient)
    facts = {"contact": contact, "sent_at": NOW}
    refill = open_watch(session, at.pump)
    if raised is Raised.UNREACHED:
        contact.state = AddressState.INVALID
        message = a_message(session, refill, state="failed", **facts)
        undelivered.report(session, message, "no such address", now=NOW)
    else:
        message = a_message(session, refill, state="unknown", **facts)
        undelivered.ask_to_telephone(session, message, now=NOW)
    session.commit()


def stopped(session, at):
    contact = a_contact(session, at.pump.patient)
    stop_contact(session, contact, how="STOP by text message", now=NOW)
    session.commit()


def ended(session, at):
    facts = {"kind": PumpEnd.DIED, "ended_on": NOW.date(), "note": "letter"}
    end_pump(session, at.pump, **facts, second=at.here.ito, by=at.here.nadia, now=NOW + DAY)
    session.commit()


def undone(session, at):
    row = endings_of(session, at.pump.id)[-1]
    undo_end(session, row, reason="another's letter", by=at.here.ito, now=NOW + 2 * DAY)
    session.commit()


def ticked(sessions):
    for day in range(2, 6):
        tick(sessions, now=NOW + day * DAY, host="h")


@pytest.mark.parametrize("raised", [Raised.UNREACHED, Raised.TELEPHONE])
def test_promise_evidence_only_an_end_that_is_undone_told_nobody(session, sessions, at, raised):
    lost(session, at, raised)
    (before,) = telephone_tasks(session)
    ended(session, at)
    assert telephone_tasks(session) == []

    undone(session, at)
    ticked(sessions)

    (after,) = telephone_tasks(session)
    assert after.explanation["sentence"] == before.explanation["sentence"]
    assert (after.pump_id, after.owner_id) == (at.pump.id, at.pump.owner_id)


def test_promise_evidence_only_nor_what_came_back_meanwhile(session, sessions, at):
    """The report of a message comes once the end is recorded, and the next tick ends it."""
    contact = a_contact(session, at.pump.patient)
    facts = {"contact": contact, "state": "failed", "sent_at": NOW}
    message = a_message(session, open_watch(session, at.pump), **facts)
    session.commit()
    ended(session, at)
    contact.state = AddressState.INVALID
    undelivered.report(session, message, "no such address", now=NOW + DAY)
    session.commit()
    tick(sessions, now=NOW + 2 * DAY, host="h")
    assert telephone_tasks(session) == []

    undone(session, at)
    ticked(sessions)

    assert len(telephone_tasks(session)) == 1


@pytest.mark.parametrize("is_corrected", [False, True])
def test_promise_evidence_only_a_refill_that_is_struck_out_told_nobody(
    session, sessions, at, is_corrected
):
    lost(session, at, Raised.UNREACHED)
    filled_at = NOW + DAY
    row = refilled(session, at.pump, at.here, refill_facts(filled_at=filled_at))
    session.commit()
    tick(sessions, now=NOW + 2 * DAY, host="h")
    assert telephone_tasks(session) == []
    if is_corrected:
        facts = refill_facts(filled_at=filled_at, lot="A7")
        row = refilled(session, at.pump, at.here, facts, replaces=row)

    void(session, row, reason="another's", by=at.here.nadia, now=NOW + 2 * DAY)
    session.commit()
    ticked(sessions)

    assert len(telephone_tasks(session)) == 1


def test_nobody_agrees_another_way_with_the_dead_unless_they_live(session, sessions, at):
    stopped(session, at)
    (before,) = telephone_tasks(session)
    ended(session, at)
    ticked(sessions)
    assert telephone_tasks(session) == []
    session.refresh(before)
    assert (before.evidence_kind, before.evidence_id) == ("died", at.pump.id)

    row = endings_of(session, at.pump.id)[-1]
    undo_end(session, row, reason="another's letter", by=at.here.ito, now=NOW + 6 * DAY)
    session.commit()

    (after,) = telephone_tasks(session)
    assert after.explanation == before.explanation
    assert after.pump_id == at.pump.id


def test_who_has_another_pump_is_asked_for_another_way_still(session, sessions, at):
    stopped(session, at)
    pump_of(session, at.here, patient=at.pump.patient, serial="SECOND")
    ended(session, at)
    ticked(sessions)

    assert len(telephone_tasks(session)) == 1
