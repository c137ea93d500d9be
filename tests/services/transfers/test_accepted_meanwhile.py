"""What others do at the same moment as an acceptance, and one that is cut off."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests.builders import a_message
from tests.offered import DAY, accept, is_as_it_was, open_watches
from tests.riverside import refill_facts
from tracker.domain.danger import WatchKind
from tracker.domain.errors import HandedOver
from tracker.models import (
    Appointment,
    Contact,
    Message,
    Patient,
    Pump,
    Staff,
    Transfer,
)
from tracker.services import stops, transfers, undelivered
from tracker.services.appointments import book, booked_for, move
from tracker.services.refills import record_refill
from tracker.services.versions import stay_here


def test_of_two_who_decide_the_second_is_told_so(session, sessions, ward, now):
    accept(session, ward, now)
    session.commit()

    for act in (
        lambda: accept(session, ward, now),
        lambda: transfers.refuse(session, ward.offer, note="no", by=ward.lea, now=now),
        lambda: transfers.withdraw(session, ward.offer, note="no", by=ward.nadia, now=now),
    ):
        with pytest.raises(transfers.NotTransferred, match="already"):
            act()
        session.rollback()
    assert session.get_one(Pump, ward.pump.id).clinic_id == ward.there.id


class Cut(Exception):
    """The process is gone."""


def accept_cut_off(sessions, ids, now, *, after: int) -> bool:
    """Accept in a session of its own, cut off after so many writes; whether it came so far."""
    left = [after]

    def cut(_session, _context=None):
        left[0] -= 1
        if left[0] < 0:
            raise Cut

    with sessions() as other:
        mine = SimpleNamespace(
            sam=other.get_one(Staff, ids["sam"]),
            lea=other.get_one(Staff, ids["lea"]),
            offer=other.get_one(Transfer, ids["offer"]),
            pump=other.get_one(Pump, ids["pump"]),
            patient=other.get_one(Patient, ids["patient"]),
        )
        sa.event.listen(other, "after_flush", cut)
        sa.event.listen(other, "before_commit", cut)
        try:
            accept(other, mine, now)
            other.commit()
        except Cut:
            other.rollback()
            return False
    return True


def test_cut_off_anywhere_nothing_of_it_has_happened(session, sessions, ward, now):
    ids = {name: getattr(ward, name).id for name in ("sam", "lea", "offer", "pump", "patient")}
    session.commit()  # on SQLite a reader that stays open keeps others from writing
    for after in range(100):
        if accept_cut_off(sessions, ids, now, after=after):
            break
        assert is_as_it_was(session, ward), after
        assert session.get_one(Transfer, ward.offer.id).outcome is None
        assert len(open_watches(session, kind=WatchKind.TRANSFER)) == 2
        session.rollback()

    assert 5 < after < 99
    session.expire_all()
    assert ward.pump.clinic_id == ward.there.id


def test_who_has_gone_gets_no_pump_in_the_clinic_they_left(session, sessions, ward, now):
    with sessions() as other:
        stale = other.get_one(Patient, ward.patient.id)
        assert stale.clinic_id == ward.here.id
        other.commit()
        sa.orm.attributes.set_committed_value(stale, "clinic_id", ward.here.id)
        session.rollback()
        accept(session, ward, now)
        session.commit()
        with pytest.raises(HandedOver, match="handed over"):
            stay_here(other, stale)


def test_promise_covered_a_record_of_who_had_the_pump_before_them_is_refused(
    session, sessions, ward, now
):
    """Its watches would open in the clinic that has let go of it."""
    with sessions() as other:
        pump, nadia = other.get_one(Pump, ward.pump.id), other.get_one(Staff, ward.nadia.id)
        other.commit()
        accept(session, ward, now)
        session.commit()
        with pytest.raises(HandedOver):
            record_refill(
                other, pump, refill_facts(filled_at=now), reason="x", by=nadia, now=now
            )
        other.rollback()

    assert {one.clinic_id for one in open_watches(session, pump_id=ward.pump.id)} == {
        ward.there.id
    }


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
@pytest.mark.parametrize("had_one", [False, True])
def test_a_visit_booked_or_moved_in_that_moment_waits_and_is_refused(
    session, sessions, ward, now, had_one
):
    first = None
    if had_one:
        first = book(session, ward.pump, scheduled_at=now + 2 * DAY, by=ward.nadia, now=now).id
    session.commit()
    with sessions() as theirs, ThreadPoolExecutor(1) as beside:
        pump, nadia = theirs.get_one(Pump, ward.pump.id), theirs.get_one(Staff, ward.nadia.id)
        assert pump.clinic_id == ward.here.id
        visit = theirs.get_one(Appointment, first) if first else None
        accept(session, ward, now)
        facts = {"scheduled_at": now + 3 * DAY, "by": nadia, "now": now}
        waits = beside.submit(
            lambda: move(theirs, visit, **facts) if visit else book(theirs, pump, **facts)
        )
        while not waiting(sessions) and not waits.done():
            time.sleep(0.01)
        session.commit()
        with pytest.raises(HandedOver):
            waits.result(timeout=20)
        theirs.rollback()

    assert booked_for(session, ward.pump.id) is None
    assert {one.clinic_id for one in open_watches(session, pump_id=ward.pump.id)} == {
        ward.there.id
    }


def waiting(sessions) -> int:
    """How many wait for somebody's lock: a transaction is told the same each time it asks."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with sessions() as looking:
        return looking.scalar(sa.text(asked))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("what", ["report", "stop"])
def test_who_cannot_be_written_to_in_that_moment_is_asked_about_in_the_new_clinic(
    session, sessions, ward, now, what
):
    (refill,) = open_watches(session, open_key=f"{ward.pump.id}:refill")
    contact = session.scalars(sa.select(Contact)).one()
    lost = a_message(session, refill, contact=contact, state="failed", sent_at=now)
    session.commit()

    def act(theirs):
        if what == "report":
            message = theirs.get_one(Message, lost.id)
            undelivered.report(theirs, message, "no such address", now=now)
        else:
            stops.stop_contact(theirs, theirs.get_one(Contact, contact.id), how="?", now=now)
        theirs.commit()

    with sessions() as theirs, ThreadPoolExecutor(1) as beside:
        accept(session, ward, now)
        waits = beside.submit(act, theirs)
        while not waiting(sessions) and not waits.done():
            time.sleep(0.01)
        session.commit()
        waits.result(timeout=20)

    (task,) = open_watches(session, kind=WatchKind.UNDELIVERABLE)
    assert (task.clinic_id, task.owner_id) == (ward.there.id, ward.sam.id)
