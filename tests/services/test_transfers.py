"""A patient goes to another clinic: nobody's for no moment, the receiver's when it says so."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tests.builders import a_contact, a_message, a_staff_member
from tests.cast import messages
from tests.riverside import patient_of, pump_of, refilled, riverside
from tracker import jobs
from tracker.domain.danger import WatchKind
from tracker.domain.errors import ChangedMeanwhile, TrackerError
from tracker.domain.message import Channel
from tracker.domain.reply import ReplyKind
from tracker.domain.visit import VisitState
from tracker.models import (
    Appointment,
    Contact,
    Message,
    Patient,
    Pump,
    Reply,
    Role,
    Staff,
    Transfer,
    Watch,
)
from tracker.services import transfers, undelivered
from tracker.services.appointments import book, booked_for
from tracker.services.faults import Cause, raise_fault
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.versions import stay_here

DAY = timedelta(days=1)


@pytest.fixture
def ward(session, now):
    """Riverside offers Ida and her pump to Lakeview, where Lea coordinates and Sam nurses."""
    place = riverside(session)
    lea = a_staff_member(session, "Lea Lead", clinic=place.neighbour, role=Role.COORDINATOR)
    pump = pump_of(session, place)
    refilled(session, pump, place)
    a_contact(session, pump.patient)
    offer = transfers.propose(
        session, pump.patient, place.neighbour, reason="has moved", by=place.nadia, now=now
    )
    session.commit()
    return SimpleNamespace(
        place=place, lea=lea, sam=place.sam, nadia=place.nadia, pump=pump,
        patient=pump.patient, offer=offer, here=place.clinic, there=place.neighbour,
    )  # fmt: skip


def accept(session, ward, now, **facts):
    shown = transfers.refill_by(session, ward.offer, ward.pump)
    facts = {
        "owner": ward.sam,
        "dates": {ward.pump.id: shown},
        "seen_versions": {ward.pump.id: ward.pump.version},
        "mrn": ward.patient.mrn,
        "by": ward.lea,
        **facts,
    }
    transfers.accept(session, ward.offer, **facts, now=now)


def open_watches(session, **where):
    session.expire_all()
    asked = sa.select(Watch).where(Watch.closed_at.is_(None)).filter_by(**where)
    return session.scalars(asked.order_by(Watch.id)).all()


def is_as_it_was(session, ward) -> bool:
    session.expire_all()
    of_pump = open_watches(session, pump_id=ward.pump.id)
    return (
        ward.patient.clinic_id == ward.pump.clinic_id == ward.here.id
        and ward.pump.owner_id == ward.nadia.id
        and {one.clinic_id for one in of_pump} == {ward.here.id}
        and {"refill", "battery"} <= {one.kind for one in of_pump}
    )


def test_while_it_is_open_both_are_asked_and_nothing_is_quietened(session, sessions, ward, now):
    before = [
        (one.id, one.next_action_at) for one in open_watches(session, pump_id=ward.pump.id)
    ]
    asked = open_watches(session, kind=WatchKind.TRANSFER)

    assert {(one.clinic_id, one.owner.name) for one in asked} == {
        (ward.here.id, "Nadia Nurse"),
        (ward.there.id, "Lea Lead"),
    }
    for one in asked:
        assert ward.patient.family_name not in one.explanation["sentence"]
    assert is_as_it_was(session, ward)
    assert len(before) >= 2
    session.commit()
    jobs.tick(sessions, now=now, host="test")
    jobs.tick(sessions, now=now + 3 * DAY, host="test")
    told = [one for one in messages(session) if one.template == "transfer_open"]
    assert {one.clinic_id for one in told} == {ward.here.id, ward.there.id}
    assert {one.level for one in open_watches(session, kind=WatchKind.TRANSFER)} == {"urgent"}
    assert {"Ito Doctor", "Sam Other"} <= {one.staff.name for one in told}  # the last resorts


def test_accepted_all_that_is_open_goes_and_what_was_said_stays(session, sessions, ward, now):
    record = session.scalars(
        sa.select(Watch).where(Watch.open_key == f"{ward.pump.id}:refill")
    ).one()
    danger_at, at = record.danger_at, now + DAY
    book(session, ward.pump, scheduled_at=now + 2 * DAY, by=ward.nadia, now=now)
    session.commit()
    jobs.tick(sessions, now=now + timedelta(hours=1), host="test")
    said = {one.id for one in messages(session)}

    accept(session, ward, at)
    session.commit()

    assert (ward.patient.clinic_id, ward.pump.clinic_id) == (ward.there.id, ward.there.id)
    assert ward.pump.owner_id == ward.offer.owner_id == ward.sam.id
    (refill,) = open_watches(session, open_key=f"{ward.pump.id}:refill")
    assert (refill.clinic_id, refill.owner_id) == (ward.there.id, ward.sam.id)
    assert (refill.danger_at, refill.visit_at) == (danger_at, None)
    assert refill.policy.id != record.policy.id
    assert (record.evidence_kind, record.evidence_id) == ("transfer", ward.offer.id)
    assert record.clinic_id == ward.here.id
    assert not open_watches(session, clinic_id=ward.here.id)
    assert not open_watches(session, kind=WatchKind.TRANSFER)
    assert booked_for(session, ward.pump.id) is None
    assert {one.state for one in session.scalars(sa.select(Appointment))} == {
        VisitState.CANCELLED
    }
    assert {one.clinic_id for one in messages(session) if one.watch_id == record.id} <= {
        ward.here.id
    }
    waiting = sa.select(Message).where(
        Message.clinic_id == ward.here.id, Message.state.in_(("planned", "held")),
        Message.template != "transfer_open",
    )  # fmt: skip
    assert session.scalars(waiting).all() == []
    session.commit()

    for days in range(1, 120):
        jobs.tick(sessions, now=at + days * DAY, host="test")
    new = [one for one in messages(session) if one.id not in said]
    of_pump = [one for one in new if one.watch.pump_id == ward.pump.id]
    assert of_pump
    assert {one.clinic_id for one in of_pump} == {ward.there.id}
    staff = {one.staff.name for one in of_pump if one.staff}
    assert "Sam Other" in staff
    assert staff <= {"Sam Other", "Lea Lead"}


@pytest.mark.parametrize("how", ["refuse", "withdraw"])
def test_not_accepted_all_is_as_it_was_and_the_reason_is_told(session, ward, now, how):
    end, by = getattr(transfers, how), ward.lea if how == "refuse" else ward.nadia
    with pytest.raises(transfers.NotTransferred, match="why"):
        end(session, ward.offer, note=" ", by=by, now=now)

    end(session, ward.offer, note="no bed for them", by=by, now=now)
    session.commit()

    assert is_as_it_was(session, ward)
    assert ward.offer.outcome in ("refused", "withdrawn")
    assert ward.offer.note == "no bed for them"
    assert not open_watches(session, kind=WatchKind.TRANSFER)
    again = transfers.propose(
        session, ward.patient, ward.there, reason="again", by=ward.nadia, now=now
    )
    assert again.outcome is None


def test_an_unlike_date_a_new_record_or_a_taken_number_is_refused(session, ward, now):
    shown = transfers.refill_by(session, ward.offer, ward.pump)
    version = ward.pump.version
    patient_of(session, SimpleNamespace(clinic=ward.there, nadia=ward.sam), mrn="taken")
    session.commit()
    for facts, said in (
        ({"dates": {ward.pump.id: shown + DAY}}, "not the refill-by"),
        ({"dates": {ward.pump.id: None}}, "Type the refill-by"),
        ({"dates": {}}, "Type the refill-by"),
        ({"owner": ward.nadia}, "can't take it"),
        ({"by": ward.nadia}, "Somebody else"),
        ({"mrn": "taken"}, "has this number"),
        ({"mrn": " "}, "Give the number"),
    ):
        with pytest.raises(TrackerError, match=said):
            accept(session, ward, now, **facts)
        session.rollback()
        assert is_as_it_was(session, ward)
        assert ward.offer.outcome is None

    record_interrogation(
        session, ward.pump, ReadingFacts(read_at=now, note="looked"), by=ward.nadia, now=now
    )
    session.commit()
    with pytest.raises(ChangedMeanwhile, match="Read the packet again"):
        accept(session, ward, now, seen_versions={ward.pump.id: version})
    session.rollback()
    assert is_as_it_was(session, ward)


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


def test_one_at_a_time_is_offered_and_with_a_reason(session, ward, now):
    for to, reason, said in (
        (ward.there, "twice", "offered to a clinic already"),
        (ward.here, "to ourselves", "another clinic"),
        (ward.there, " ", "why"),
    ):
        with pytest.raises(transfers.NotTransferred, match=said):
            transfers.propose(session, ward.patient, to, reason=reason, by=ward.nadia, now=now)
        session.rollback()
    session.add(
        Transfer(
            patient_id=ward.patient.id, from_clinic_id=ward.here.id, reason="by hand",
            to_clinic_id=ward.there.id, proposed_by_id=ward.nadia.id, proposed_at=now,
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        session.flush()


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


def test_what_is_open_beside_the_dates_goes_along(session, ward, now):
    reply = Reply(
        clinic_id=ward.here.id, channel=Channel.SMS, from_address="+447700900001",
        body="I am not well", kind=ReplyKind.OTHER, provider="gateway", provider_ref="1",
        received_at=now, patient_id=ward.patient.id,
    )  # fmt: skip
    session.add(reply)
    session.flush()
    cause = Cause(
        f"reply:{reply.id}", ward.here.id, "Somebody answered.", pump_id=ward.pump.id,
        facts=(("reply_id", reply.id),), owner_id=ward.nadia.id,
    )  # fmt: skip
    raise_fault(session, WatchKind.REPLY, cause, now=now)
    (unread,) = open_watches(session, kind=WatchKind.REPLY)
    reply.watch_id = unread.id
    session.commit()

    accept(session, ward, now + DAY)
    session.commit()

    (carried,) = open_watches(session, kind=WatchKind.REPLY)
    assert carried.id != unread.id
    assert (carried.clinic_id, carried.owner_id) == (ward.there.id, ward.sam.id)
    assert (carried.opened_at, carried.next_action_at) == (now, now + DAY)
    assert "for a day" in carried.next_action
    assert (reply.clinic_id, reply.watch_id) == (ward.there.id, carried.id)


def test_what_bounces_afterwards_is_the_new_clinics_to_mend(session, ward, now):
    (refill,) = open_watches(session, open_key=f"{ward.pump.id}:refill")
    contact = session.scalars(sa.select(Contact)).one()
    sent = a_message(session, refill, contact=contact, state="sent", sent_at=now)
    accept(session, ward, now)

    undelivered.report(session, sent, "no such address", now=now)

    (phone,) = open_watches(session, kind=WatchKind.UNDELIVERABLE)
    assert (phone.clinic_id, phone.owner_id) == (ward.there.id, ward.sam.id)


def test_who_has_gone_gets_no_pump_in_the_clinic_they_left(session, sessions, ward, now):
    with sessions() as other:
        stale = other.get_one(Patient, ward.patient.id)
        assert stale.clinic_id == ward.here.id
        other.commit()
        sa.orm.attributes.set_committed_value(stale, "clinic_id", ward.here.id)
        session.rollback()
        accept(session, ward, now)
        session.commit()
        with pytest.raises(ChangedMeanwhile, match="handed over"):
            stay_here(other, stale)
