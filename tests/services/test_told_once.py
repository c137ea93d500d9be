"""A patient is told of a step once, though its date goes off and comes back."""

from datetime import timedelta

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.outlets import Listed, into
from tracker.domain.message import MessageState
from tracker.jobs import deliver, tick
from tracker.models import Watch
from tracker.services.lifespans import settle

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_promise_exactly_enough_a_step_that_comes_again_is_not_said_to_the_patient_again(
    sessions, session, now
):
    ward = a_ward(session)
    patient = a_patient(session, ward)
    a_contact(session, patient)
    watch_id = a_watched_pump(
        session, ward, patient=patient, danger_at=now + 21 * DAY, next_action_at=now
    ).id
    session.commit()
    sender = Listed()

    for at in (now, now + 30 * DAY):
        tick(sessions, now=at, host="h")
        deliver(sessions, into(sender), host="h", now=at)
        with sessions.begin() as other:
            watch = other.get_one(Watch, watch_id)
            # a dose was halved
            watch.danger_at, watch.dry_at = now + 51 * DAY, now + 60 * DAY
            settle(other, watch, now=at + HOUR)

    asked = [one for one in messages(session) if one.contact_id is not None]
    assert [one.step for one in asked] == [1, 1]
    assert [one.state for one in asked] == [MessageState.SENT, MessageState.SUPERSEDED]
    assert "once" in asked[1].state_reason
    assert sender.told.count("ada@home.example") == 1
