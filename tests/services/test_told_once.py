"""A patient is told of a step once, though its date goes off and comes back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, asked_to_book, messages
from tests.outlets import Listed, into
from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import deliver, tick
from tracker.models import Message, Watch
from tracker.services.lifespans import settle
from tracker.services.states import move

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize("reported", [False, True])
def test_promise_exactly_enough_a_step_that_comes_again_is_not_said_to_the_patient_again(
    sessions, session, now, reported
):
    """Nor where its provider says that it failed, which may be wrong: staff telephone."""
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
            if reported and at == now:
                first = other.scalars(sa.select(Message).where(Message.step == 1)).one()
                move(first, MessageState.FAILED, "by a report")
            watch = other.get_one(Watch, watch_id)
            # a dose was halved
            watch.danger_at, watch.dry_at = now + 51 * DAY, now + 60 * DAY
            settle(other, watch, now=at + HOUR)

    asked = [one for one in messages(session) if one.contact_id is not None]
    assert [one.step for one in asked] == [1, 1]
    first = MessageState.FAILED if reported else MessageState.SENT
    assert [one.state for one in asked] == [first, MessageState.SUPERSEDED]
    assert "once" in asked[1].state_reason
    assert sender.told.count("ada@home.example") == 1


def test_a_step_whose_first_message_was_refused_is_said_when_it_comes_again(
    sessions, session, now
):
    asked_to_book(session, a_ward(session), now=now)
    session.commit()
    refusing = Listed(fails=DeliveryFailed("mailbox full", refusal=Refusal.FOR_GOOD))
    tick(sessions, now=now, host="h")
    deliver(sessions, into(refusing), host="h", now=now)
    with sessions.begin() as other:
        watch = other.scalars(sa.select(Watch).where(Watch.kind == WatchKind.REFILL)).one()
        watch.danger_at, watch.dry_at = now + 51 * DAY, now + 60 * DAY
        settle(other, watch, now=now + HOUR)
    sender = Listed()
    tick(sessions, now=now + 30 * DAY, host="h")
    deliver(sessions, into(sender), host="h", now=now + 30 * DAY)

    assert sender.told.count("ada@home.example") == 1
