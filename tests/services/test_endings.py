"""An end that one person has recorded is asked about until another has seen it too."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests import recalled
from tests.builders import a_staff_member
from tests.cast import messages
from tests.riverside import FILLED_AT, filled_pump, open_watch
from tracker.domain.alarm import Reporter
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Level
from tracker.domain.recall import Scope
from tracker.jobs.ticker import tick
from tracker.models import Membership, PumpEnd, Refill, Role, Watch
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.services.clinics import add_member
from tracker.services.countersigns import countersign
from tracker.services.end_undoing import undo_end
from tracker.services.endings import NotConfirmed, correct_end, endings_of, sign_end
from tracker.services.leaving import leave
from tracker.services.pumps import end_pump
from tracker.services.recalls import withdraw_recall
from tracker.services.second_people import NoSecondPerson

DAY = timedelta(days=1)
NOW = FILLED_AT + 20 * DAY


@pytest.fixture
def begins_with():
    return filled_pump


@pytest.fixture
def at(session, standing):
    """The pump, and what is done about its end."""
    here, pump = standing.here, standing.pump

    def ends(second=here.ito, **more):
        facts = {"kind": PumpEnd.DIED, "ended_on": NOW.date(), "note": "letter", **more}
        end_pump(session, pump, **facts, second=second, by=here.nadia, now=NOW)
        row = endings_of(session, pump.id)[-1]
        session.commit()  # a reader that stays open sees nothing of the ticks
        return row

    def asked():
        still = sa.select(Watch).where(Watch.open_key == f"end:{pump.id}")
        return session.scalar(still.execution_options(populate_existing=True))

    return SimpleNamespace(here=here, pump=pump, ends=ends, asked=asked)


def test_promise_persistent_an_end_that_nobody_confirms_is_told_ever_louder(
    session, sessions, at
):
    at.ends()
    tick(sessions, now=NOW, host="h")
    first = messages(session, watch_id=at.asked().id)
    tick(sessions, now=NOW + 7 * DAY, host="h")
    tick(sessions, now=NOW + 8 * DAY, host="h")

    assert {one.staff.name for one in first} == {"Ito Doctor"}
    assert at.asked().level is Level.URGENT
    told = messages(session, watch_id=at.asked().id)[len(first) :]
    assert {one.staff.name for one in told} == {"Ito Doctor", "Nadia Nurse"}
    assert [one for one in messages(session) if one.contact_id is not None] == []


def test_hazard_h25_an_ended_pump_is_watched_no_more_once_a_second_person_has_said_so(
    session, at
):
    row = at.ends()
    assert at.asked().owner_id == at.here.ito.id
    with pytest.raises(NotConfirmed, match="Somebody else"):
        sign_end(session, row, is_agreed=True, by=at.here.nadia, now=NOW)

    said = sign_end(session, row, is_agreed=True, by=at.here.ito, now=NOW + DAY)

    assert at.asked() is None
    closed = session.scalars(sa.select(Watch).where(Watch.kind == WatchKind.ENDING)).one()
    assert (closed.evidence_kind, closed.evidence_id) == ("end_sign", said.id)


def test_promise_evidence_only_a_disputed_end_is_urgent_and_settled_with_who_disputes_it(
    session, sessions, at
):
    joan = a_staff_member(session, "Joan Nurse")
    add_member(session, at.here.clinic, joan, role=Role.NURSE)
    row = at.ends()
    asked_id = at.asked().id
    sign_end(session, row, is_agreed=False, reason="seen today", by=joan, now=NOW + DAY)
    session.commit()
    tick(sessions, now=NOW + DAY, host="h")

    assert at.asked().id == asked_id
    assert at.asked().level is Level.URGENT
    assert "Joan Nurse says that it was not so: seen today" in str(at.asked().explanation)
    with pytest.raises(NotConfirmed, match="settled with them"):
        sign_end(session, row, is_agreed=True, by=at.here.ito, now=NOW + 2 * DAY)
    leave(session, joan, hand_to=at.here.ito, now=NOW + 2 * DAY)
    sign_end(session, row, is_agreed=True, by=at.here.ito, now=NOW + 2 * DAY)
    assert at.asked() is None


def test_a_corrected_end_is_asked_of_whom_it_names_and_the_one_before_it_of_nobody(session, at):
    joan = a_staff_member(session, "Joan Nurse")
    right = {"ended_on": NOW.date() - DAY, "note": "letter", "reason": "another day"}
    right |= {"by": at.here.nadia, "now": NOW + DAY}
    with pytest.raises(NoSecondPerson):
        at.ends(second=joan)  # who doesn't work here
    session.rollback()
    row = at.ends()
    with pytest.raises(NoSecondPerson):
        correct_end(session, row, second=joan, **right)

    add_member(session, at.here.clinic, joan, role=Role.NURSE)
    correct_end(session, row, second=joan, **right)

    assert at.asked().owner_id == joan.id
    with pytest.raises(NotConfirmed, match="put right or undone"):
        sign_end(session, row, is_agreed=True, by=joan, now=NOW + DAY)


def test_an_end_that_is_disputed_late_is_not_left_to_somebody_who_has_gone(session, at):
    joan = a_staff_member(session, "Joan Nurse")
    add_member(session, at.here.clinic, joan, role=Role.NURSE)
    row = at.ends(second=joan)
    sign_end(session, row, is_agreed=True, by=joan, now=NOW)
    leave(session, joan, hand_to=at.here.nadia, now=NOW + DAY)

    why = {"is_agreed": False, "reason": "seen today"}
    sign_end(session, row, **why, by=at.here.ito, now=NOW + 2 * DAY)

    assert at.asked().owner_id == at.here.clinic.last_resort_id


def test_who_leaves_leaves_it_to_their_heir_and_who_works_alone_looks_again_another_day(
    session, at
):
    session.delete(session.scalars(sa.select(Membership).filter_by(staff=at.here.ito)).one())
    session.flush()
    row = at.ends(second=None)
    assert at.asked().owner_id == at.here.ito.id  # the last resort, who may not record here

    with pytest.raises(NotConfirmed, match="another day"):
        sign_end(session, row, is_agreed=True, by=at.here.nadia, now=NOW)
    sign_end(session, row, is_agreed=True, by=at.here.nadia, now=NOW + DAY)

    assert at.asked() is None


def test_promise_covered_an_end_that_is_undone_brings_back_all_that_it_closed(
    session, sessions, at
):
    recalled.entered(session, at.here.clinic, by=at.here.ito, now=NOW, scope=Scope())
    facts = {"alarmed_at": NOW, "reported_at": NOW, "reporter": Reporter.PATIENT, "doing": "?"}
    alarm = AlarmFacts(code="empty_reservoir", tone=None, **facts)
    record_alarm(session, at.pump, alarm, by=at.here.nadia, now=NOW)
    before = session.scalars(sa.select(Watch.kind).where(Watch.closed_at.is_(None))).all()
    danger_at = open_watch(session, at.pump).danger_at
    row = at.ends()
    assert at.asked().danger_at == NOW + DAY  # an alarm was open

    undo_end(session, row, reason="another's letter", by=at.here.ito, now=NOW + 2 * DAY)
    session.commit()

    after = session.scalars(sa.select(Watch.kind).where(Watch.closed_at.is_(None))).all()
    assert sorted(after) == sorted(before)
    assert {WatchKind.REFILL, WatchKind.BATTERY, WatchKind.ALARM, WatchKind.RECALL} <= set(
        after
    )
    assert open_watch(session, at.pump).danger_at == danger_at
    assert at.pump.ended_at is None
    session.commit()  # a reader that stays open keeps a tick from writing
    ticked = tick(sessions, now=NOW + 2 * DAY, host="h")
    assert (ticked.faults, ticked.audit) == ([], [])


def test_promise_covered_an_end_that_is_undone_brings_back_what_is_in_force_by_then(
    session, at
):
    by = {"by": at.here.ito, "now": NOW}
    notice = {"scope": Scope(), **by}
    recalled.entered(session, at.here.clinic, reference="stands", **notice)
    gone = recalled.entered(session, at.here.clinic, reference="gone", **notice)
    filled = session.scalars(sa.select(Refill)).one()
    filled.checked_by_id = at.here.ito.id
    countersign(session, filled, is_agreed=False, reason="40 mL", **by)
    row = at.ends()
    withdraw_recall(session, gone, because="a mistake", **by)
    recalled.entered(session, at.here.clinic, reference="new", **notice)

    undo_end(session, row, reason="another's letter", by=at.here.ito, now=NOW + DAY)

    still = session.scalars(sa.select(Watch).where(Watch.closed_at.is_(None))).all()
    said = [str(one.explanation) for one in still if one.kind is WatchKind.RECALL]
    named = {"stands", "gone", "new"}
    assert {one for one in named if one in "".join(said)} == {"stands", "new"}
    assert len(said) == 2
    assert WatchKind.DISPUTE in {one.kind for one in still}


def test_a_pump_whose_owner_has_left_meanwhile_is_owned_by_who_takes_it_back(session, at):
    row = at.ends()
    leave(session, at.here.nadia, hand_to=at.here.ito, now=NOW + DAY)

    undo_end(session, row, reason="she is here", by=at.here.ito, now=NOW + DAY)

    assert at.pump.owner is at.here.ito
    assert open_watch(session, at.pump).owner_id == at.here.ito.id
