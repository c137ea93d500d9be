"""A visit that came to nothing: the patient hears of it too, and no more than once."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.builders import a_contact
from tests.outlets import Listed, into
from tests.riverside import (
    DAY,
    Bedside,
    Riverside,
    new_pump,
    open_watch,
    refilled,
)
from tests.scenes import Scene
from tests.services.test_appointments import HOUR, booked, live, on_weekday, refill_by, told
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.jobs import deliver
from tracker.models import Appointment, Message, Pump, Watch
from tracker.services import appointments
from tracker.services.plans import CAME

PLEASE_BOOK = "refill_please_book"


def reachable(session: Session) -> Bedside:
    """A pump that was filled, and an address of its patient."""
    found = new_pump(session)
    a_contact(session, found.pump.patient)
    refilled(session, found.pump, found.here)
    return found


@pytest.fixture
def begins_with() -> Scene:
    return reachable


def missed(session: Session, here: Riverside, pump: Pump, visit: Appointment) -> datetime:
    """Nobody came; the morning on which the ladder speaks again."""
    appointments.miss(session, visit, by=here.nadia, now=visit.scheduled_at + HOUR)
    watch = open_watch(session, pump)
    assert watch is not None
    assert watch.reopens_at is not None
    return watch.reopens_at


def to_patient(session: Session, pump: Pump) -> list[int]:
    """The steps of which messages to the patient were planned."""
    return [one.step for one in told(session, pump) if one.contact_id is not None]


def test_promise_covered_a_patient_who_missed_the_visit_is_asked_to_book_that_morning(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=10)  # the patient's step of 14 days has come due
    made = booked(session, here, pump, at, now=at - 30 * DAY)
    live(sessions, session, at - 29 * DAY, at, 12 * HOUR)
    morning = missed(session, here, pump, made)

    live(sessions, session, at + HOUR, morning + 12 * HOUR)

    (asked,) = [one for one in told(session, pump) if one.contact_id is not None]
    assert (asked.step, asked.template, asked.due_at) == (3, PLEASE_BOOK, morning)
    assert {one.step for one in told(session, pump) if one.staff_id} == {6}


def test_promise_exactly_enough_the_patient_hears_of_each_step_once(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    danger_at, at = refill_by(session, pump), on_weekday(session, pump, before=8)
    booked(session, here, pump, at, now=at - 30 * DAY)
    sender = Listed()

    seventh = danger_at - 7 * DAY
    for now in (at + 22 * HOUR, at + 30 * HOUR, seventh, seventh + HOUR, seventh + 12 * HOUR):
        live(sessions, session, now, now)
        deliver(sessions, into(sender), host="h", now=now)

    asked = sa.select(Message).where(Message.contact_id.is_not(None)).order_by(Message.id)
    sent = [one for one in session.scalars(asked) if one.state is MessageState.SENT]
    assert [one.step for one in sent] == [3, 5]  # that of 14 days, late, and that of 7


def test_a_patient_whose_visit_is_called_off_is_asked_for_another(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    now = refill_by(session, pump) - 6 * DAY
    at = on_weekday(session, pump, before=2)
    made = booked(session, here, pump, at, now=at - 40 * DAY)
    live(sessions, session, now - 20 * DAY, now, DAY)

    appointments.cancel(session, made, reason="ill", by=here.nadia, now=now + HOUR)
    live(sessions, session, now + HOUR, now + 2 * HOUR)

    assert to_patient(session, pump) == [5]


def test_a_patient_who_came_is_not_asked_to_book_because_a_record_is_missing(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    at = on_weekday(session, pump, before=10)
    made = booked(session, here, pump, at, now=at - 30 * DAY)
    live(sessions, session, at - 29 * DAY, at, 12 * HOUR)

    appointments.keep(session, made, by=here.nadia, now=at + HOUR)
    live(sessions, session, at + HOUR, at + DAY)

    assert to_patient(session, pump) == []
    asked = sa.select(Message.step).where(Message.state_reason == CAME)
    assert session.scalars(asked).all() == [3]


def test_a_visit_missed_while_late_makes_nobody_believe_that_the_program_fails(
    sessions: sessionmaker[Session], session: Session, here: Riverside, pump: Pump
) -> None:
    """A step told before its time is no promise to tell it again as often."""
    at = on_weekday(session, pump, before=1)  # the last but one is due, and pauses longer
    signed = {"signed_by": here.ito, "signed_reason": "on holiday"}
    made = booked(session, here, pump, at, now=at - 30 * DAY, **signed)
    live(sessions, session, at - DAY, at, HOUR)
    morning = missed(session, here, pump, made)

    live(sessions, session, at + HOUR, morning + 12 * HOUR)

    steps = [one.step for one in told(session, pump) if one.planned_at >= morning]
    assert len(set(steps)) == 2  # one higher that morning, then the one that is due again
    asked = sa.select(Watch).where(Watch.kind == WatchKind.SYSTEM)
    faults = [one.explanation["sentence"] for one in session.scalars(asked)]
    assert [one for one in faults if "told nobody" in one] == []  # nothing is sent here at all
