"""A watch goes over to another ladder: the same steps have other numbers there."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.living import live
from tests.outlets import Listed, into
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import default_ladder
from tracker.domain.ladder import Level, Target
from tracker.domain.message import MessageState
from tracker.domain.risk import RiskClass
from tracker.domain.rungs import from_danger, numbered, rung
from tracker.jobs import deliver, tick
from tracker.models import Watch
from tracker.services.lifespans import follow_policy, settle
from tracker.services.policies import write_policy
from tracker.services.policy_moves import move_open_watches

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ADA = "ada@home.example"
KIND, RISK = WatchKind.REFILL, RiskClass.CRITICAL
STEPS = default_ladder(KIND, RISK).steps
EARLIER = rung(
    "tell the nurse", from_danger(-30 * DAY), to=(Target.NURSE,), level=Level.INFO,
    template="refill_book",
)  # fmt: skip


@pytest.fixture
def ward(sessions, session, now):
    """Ada has been asked to book fourteen days before: the third step of the ladder."""
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    danger_at = now + 14 * DAY
    a_watched_pump(session, ward, patient=patient, danger_at=danger_at, next_action_at=now)
    session.commit()
    lived(sessions, Listed(), days=0, since=now)
    return ward


def lived(sessions, sender, *, days, since):
    """So many days with a scheduler that looks every half hour."""

    def send(now):
        deliver(sessions, into(sender), host="h", now=now)

    live(sessions, since, since + days * DAY, HOUR / 2, then=send)


def goes_over(sessions, clinic_id, steps, *, now):
    with sessions.begin() as session:
        newest = write_policy(session, clinic_id, KIND, RISK, numbered(*steps), now=now)
        move_open_watches(session, newest, now=now)


def test_promise_exactly_enough_a_step_put_before_tells_no_patient_twice(
    sessions, session, ward, now
):
    sender, clinic_id = Listed(), ward.clinic.id
    session.commit()
    goes_over(sessions, clinic_id, [EARLIER, *STEPS], now=now + MINUTE)

    lived(sessions, sender, days=2, since=now + 2 * MINUTE)

    assert ADA not in sender.told


def test_promise_exactly_enough_steps_taken_out_keep_no_later_one_from_a_patient(
    sessions, session, ward, now
):
    """What she was told as the third step is the first now; the third is another one."""
    sender, clinic_id = Listed(), ward.clinic.id
    session.commit()
    goes_over(sessions, clinic_id, STEPS[2:], now=now + MINUTE)

    lived(sessions, sender, days=8, since=now + 2 * MINUTE)

    assert sender.told.count(ADA) == 1
    told = messages(session, contact_id=1, state=MessageState.SENT)
    assert [one.step for one in told] == [1, 3]


def test_promise_exactly_enough_a_drug_of_another_class_tells_no_patient_twice(
    sessions, session, ward, now
):
    """From its ladder of fewer steps and back: she hears of the seven days once."""
    sender = Listed()
    session.commit()
    for minutes, risk in ((1, RiskClass.LOW), (2, RiskClass.CRITICAL), (3, RiskClass.LOW)):
        with sessions.begin() as other:
            watch = other.scalars(sa.select(Watch).where(Watch.kind == KIND)).one()
            follow_policy(other, watch, risk, now=now + minutes * MINUTE)
            settle(other, watch, now=now + minutes * MINUTE)

    lived(sessions, sender, days=8, since=now + 4 * MINUTE)

    assert sender.told.count(ADA) == 1


def test_a_step_taken_out_is_not_said_though_it_waits(sessions, session, now):
    """It was kept until tomorrow, for Ada had been told today; then it is taken out."""
    ward = a_ward(session)
    patient = a_patient(session, ward)
    contact_id = a_contact(session, patient).id
    danger_at = now + 14 * DAY
    a_watched_pump(session, ward, patient=patient, danger_at=danger_at, next_action_at=now)
    clinic_id = ward.clinic.id
    session.commit()
    tick(sessions, now=now, host="h")

    goes_over(sessions, clinic_id, [EARLIER, *STEPS[3:]], now=now + MINUTE)

    (waited,) = messages(session, contact_id=contact_id)
    assert (waited.state, waited.step) == (MessageState.SUPERSEDED, 0)


def test_what_was_perhaps_told_before_a_restore_counts_by_the_new_numbers(
    sessions, session, ward, now
):
    clinic_id = ward.clinic.id
    watch = session.scalars(sa.select(Watch).where(Watch.kind == KIND)).one()
    watch.perhaps_told = 3
    session.commit()

    goes_over(sessions, clinic_id, [EARLIER, *STEPS], now=now + MINUTE)
    session.expire_all()
    assert (watch.perhaps_told, watch.cursor) == (4, 4)
    session.commit()

    goes_over(sessions, clinic_id, STEPS[2:], now=now + MINUTE)
    session.expire_all()
    assert (watch.perhaps_told, watch.cursor) == (1, 1)
