"""Quiet hours hold: patients at night always, staff where nothing is lost by it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, close_with_refill, messages
from tests.outlets import Listed, into
from tracker.domain.message import MessageState
from tracker.jobs import DeliverReport, deliver, tick
from tracker.models import Patient, Watch

Sessions = sessionmaker[Session]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHT = datetime(2026, 6, 1, 21, 0, tzinfo=UTC)  # 22:00 in London
ADA = "ada@home.example"
MORNING = datetime(2026, 6, 2, 7, 0, tzinfo=UTC)  # 08:00 there


def run(sessions: Sessions, sender: Listed, at: datetime) -> DeliverReport:
    tick(sessions, now=at, host="h")
    return deliver(sessions, into(sender), host="h", now=at)


def a_patient_asked(session: Session) -> Watch:
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    watch = a_watched_pump(session, ward, patient=patient, danger_at=NIGHT + 21 * DAY)
    session.commit()
    return watch


def staff_asked(session: Session, *, left: timedelta) -> Watch:
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=NIGHT + left, risk_class="high")
    session.commit()
    return watch


def test_a_patients_message_waits_for_the_morning_and_says_why(
    sessions: Sessions, session: Session
) -> None:
    a_patient_asked(session)
    sender = Listed()

    at_night = run(sessions, sender, NIGHT)
    (held,) = messages(session)
    too_early = run(sessions, sender, MORNING - timedelta(minutes=1))
    run(sessions, sender, MORNING)

    assert (at_night.held, too_early.sent, sender.told.count(ADA)) == (1, 0, 1)
    assert (held.state, held.due_at) == (MessageState.HELD, MORNING)
    assert (held.state_reason, held.attempts) == ("quiet hours until 08:00", 0)


def test_a_patient_who_lives_elsewhere_sleeps_elsewhere(
    sessions: Sessions, session: Session
) -> None:
    a_patient_asked(session)
    session.scalars(sa.select(Patient)).one().timezone = "America/New_York"  # 17:00 there
    session.commit()

    assert run(sessions, Listed(), NIGHT).sent == 1


def test_what_was_held_is_looked_at_afresh(sessions: Sessions, session: Session) -> None:
    watch = a_patient_asked(session)
    sender = Listed()
    run(sessions, sender, NIGHT)
    close_with_refill(watch, now=NIGHT + HOUR)
    session.commit()

    run(sessions, sender, MORNING)

    assert [one.state for one in messages(session)] == [MessageState.CANCELLED]
    assert sender.taken == []


def test_a_notice_to_staff_that_can_wait_waits(sessions: Sessions, session: Session) -> None:
    staff_asked(session, left=21 * DAY - HOUR)
    sender = Listed()

    assert run(sessions, sender, NIGHT).held == 1
    assert run(sessions, sender, MORNING).sent == 1


@pytest.mark.parametrize("left", [-HOUR, 6 * HOUR, 14 * DAY + 6 * HOUR])
def test_promise_covered_no_notice_to_staff_waits_past_the_date_or_the_next_step(
    sessions: Sessions, session: Session, left: timedelta
) -> None:
    staff_asked(session, left=left)
    sender = Listed()

    assert run(sessions, sender, NIGHT).held == 0
    assert sender.taken != []


def test_a_policy_that_cannot_be_read_makes_nothing_late(
    sessions: Sessions, session: Session
) -> None:
    watch = staff_asked(session, left=21 * DAY - HOUR)
    tick(sessions, now=NIGHT, host="h")
    session.refresh(watch)
    watch.policy.steps = [{"name": "of no use"}]
    session.commit()

    assert deliver(sessions, into(Listed()), host="h", now=NIGHT).sent == 1


def test_a_clinic_may_have_no_quiet_hours(sessions: Sessions, session: Session) -> None:
    a_patient_asked(session)
    session.execute(sa.text("UPDATE clinic SET quiet_until = quiet_from"))
    session.commit()

    assert run(sessions, Listed(), NIGHT).sent == 1
