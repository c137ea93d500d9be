"""What goes with a patient in the one transaction of the acceptance, and what stays."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.builders import a_message
from tests.cast import messages
from tests.living import live
from tests.offered import accept, open_watches
from tracker import jobs
from tracker.domain.alarm import Reporter
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.message import Channel
from tracker.domain.reply import ReplyKind
from tracker.domain.visit import VisitState
from tracker.models import (
    Appointment,
    Contact,
    Message,
    Reply,
    Watch,
)
from tracker.services import undelivered
from tracker.services.alarm_closings import close_with_reading, close_with_reason
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.services.appointments import book, booked_for
from tracker.services.faults import Cause, raise_fault
from tracker.services.readings import ReadingFacts, record_interrogation

DAY = timedelta(days=1)


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

    live(sessions, at + DAY, at + 121 * DAY, 4 * DAY)  # past its date, and on
    new = [one for one in messages(session) if one.id not in said]
    of_pump = [one for one in new if one.watch.pump_id == ward.pump.id]
    assert of_pump
    assert {one.clinic_id for one in of_pump} == {ward.there.id}
    staff = {one.staff.name for one in of_pump if one.staff}
    assert "Sam Other" in staff
    assert staff <= {"Sam Other", "Lea Lead"}


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


def test_an_alarm_goes_along_and_is_closed_by_the_clinicians_of_the_new_clinic(
    session, sessions, ward, now
):
    told = {"alarmed_at": now, "reported_at": now, "reporter": Reporter.CLINIC, "doing": "-"}
    low, empty = (
        record_alarm(session, ward.pump, AlarmFacts(code=code, **told), by=ward.nadia, now=now)
        for code in ("low_reservoir", "empty_reservoir")
    )

    accept(session, ward, now + DAY)
    session.commit()
    jobs.tick(sessions, now=now + DAY, host="test")

    watches = {one.alarm_id: one for one in open_watches(session, pump_id=ward.pump.id)}
    assert watches[empty.id].level == "urgent"
    assert {watches[one.id].clinic_id for one in (low, empty)} == {ward.there.id}
    assert watches[low.id].inhibited_by == "empty_reservoir"
    assert "Sam Other" in {
        one.staff.name for one in messages(session, watch_id=watches[empty.id].id)
    }
    with pytest.raises(TrackerError, match="clinician of this clinic"):
        close_with_reason(
            session, empty, reason="test", clinician=ward.place.ito, by=ward.sam, now=now + DAY
        )
    reading = record_interrogation(
        session, ward.pump, ReadingFacts(read_at=now + DAY, note="log"),
        by=ward.sam, now=now + DAY,
    )  # fmt: skip
    close_with_reading(session, empty, reading, by=ward.sam, now=now + DAY)
    (watch,) = open_watches(session, alarm_id=low.id)
    assert (watch.inhibited_by, watch.next_action_at) == (None, now + DAY)
