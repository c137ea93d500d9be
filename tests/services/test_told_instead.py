"""A notice that can't reach whom it was planned for is said to whom the step reaches by now."""

from datetime import timedelta

import pytest

from tests.cast import a_contact, a_patient, a_ward, a_watched_pump, messages
from tests.outlets import Listed, into
from tracker.domain.bounce import Bounce
from tracker.domain.message import MessageState
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.jobs import deliver, tick
from tracker.models import AddressState, Contact, Staff
from tracker.services import leaving
from tracker.services.bounces import receive

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Refusing(Listed):
    """A mail server that takes nothing for one name."""

    refusal = Refusal.BAD_ADDRESS

    def send(self, outgoing):
        if outgoing.to_address.startswith("nadia"):
            raise DeliveryFailed("550 no", refusal=self.refusal, provider_code="550")
        return super().send(outgoing)


def round_of(sessions, sender, *, now):
    tick(sessions, now=now, host="h")
    deliver(sessions, into(sender), host="h", now=now)


def said(session, step):
    """Who was told of a step of the refill ladder, and by which message."""
    found = messages(session, step=step, state=MessageState.SENT, template="refill_book")
    return [(one.staff.name, one.state_reason) for one in found]


def test_promise_exactly_enough_who_takes_over_is_told_what_waited_for_who_left(
    sessions, session, now
):
    """The owner is asked to book, three weeks before, and it is night; then she leaves."""
    ward = a_ward(session)
    night = now + 14 * HOUR
    a_watched_pump(session, ward, danger_at=night + 21 * DAY - HOUR, next_action_at=night)
    nadia_id, cleo_id = ward.nadia.id, ward.cleo.id
    session.commit()
    sender = Listed()
    round_of(sessions, sender, now=night)
    with sessions.begin() as other:
        heir = other.get_one(Staff, cleo_id)
        leaving.leave(other, other.get_one(Staff, nadia_id), hand_to=heir, now=night + HOUR)

    for hours in range(2, 5 * 24, 6):
        round_of(sessions, sender, now=night + hours * HOUR)

    assert said(session, step=2) == [("Cleo", "Nadia has left: told instead")]
    assert sender.told == ["cleo@hill.example"]


@pytest.mark.parametrize("refusal", [Refusal.BAD_ADDRESS, Refusal.FOR_GOOD])
def test_promise_exactly_enough_a_step_whose_reader_is_refused_is_told_to_the_last_resort(
    sessions, session, now, refusal
):
    """Refused with the address, or while the mailbox is full."""
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now + 21 * DAY - HOUR, next_action_at=now)
    session.commit()
    sender = Refusing()
    sender.refusal = refusal

    for hours in range(0, 5 * 24, 6):
        round_of(sessions, sender, now=now + hours * HOUR)

    assert said(session, step=2) == [("Rosa", "Nadia can't be reached: told instead")]


def test_promise_exactly_enough_an_address_refused_meanwhile_is_told_past(
    sessions, session, now
):
    """Planned while it was right, and found to be wrong before the sender came to it."""
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now + 21 * DAY - HOUR, next_action_at=now)
    session.commit()
    tick(sessions, now=now, host="h")
    ward.nadia.email_state = AddressState.INVALID
    session.commit()

    deliver(sessions, into(Listed()), host="h", now=now)

    assert said(session, step=2) == [("Rosa", "Nadia can't be reached: told instead")]


@pytest.mark.parametrize("code", ["5.1.1", "5.2.2"])
def test_promise_exactly_enough_what_bounces_later_is_told_past_too(
    sessions, session, now, code
):
    """Two pumps in one digest, which the server takes and then can't deliver."""
    ward = a_ward(session)
    for _ in range(2):
        a_watched_pump(session, ward, danger_at=now + 21 * DAY - HOUR, next_action_at=now)
    session.commit()
    round_of(sessions, Listed(), now=now)
    digest = next(one for one in messages(session, step=2) if one.leader_id is None)
    receive(session, Bounce(digest.reference, "failed", code), now=now + MINUTE)
    session.commit()

    for minutes in (2, 3):
        round_of(sessions, Listed(), now=now + minutes * MINUTE)

    assert said(session, step=2) == [("Rosa", "Nadia can't be reached: told instead")] * 2


def test_what_bounces_after_a_louder_step_is_let_be(sessions, session, now):
    ward = a_ward(session)
    watch = a_watched_pump(session, ward, danger_at=now + 21 * DAY - HOUR, next_action_at=now)
    session.commit()
    round_of(sessions, Listed(), now=now)
    (late,) = messages(session, step=2)[-1:]
    watch.cursor = 4
    session.commit()

    receive(session, Bounce(late.reference, "failed", "5.1.1"), now=now + MINUTE)
    session.commit()

    assert messages(session, step=2)[-1].id == late.id


def test_nobody_who_was_told_of_the_step_is_told_again(sessions, session, now):
    """Owner and nurse are one, the clinician has it already: all of the step is said."""
    ward = a_ward(session)
    a_watched_pump(session, ward, danger_at=now - HOUR, next_action_at=now)
    session.commit()
    sender = Refusing()

    round_of(sessions, sender, now=now)
    round_of(sessions, sender, now=now + MINUTE)

    late = messages(session, template="refill_late", state=MessageState.SENT)
    assert [one.staff.name for one in late] == ["Dr Ito"]


def test_nothing_goes_to_staff_instead_of_a_patient_whose_address_is_refused(
    sessions, session, now
):
    """That opens a watch of its own; the words for a patient are not for staff."""
    ward = a_ward(session)
    patient = a_patient(session, ward)
    contact_id = a_contact(session, patient).id
    danger_at = now + 14 * DAY
    a_watched_pump(session, ward, patient=patient, danger_at=danger_at, next_action_at=now)
    session.commit()
    tick(sessions, now=now, host="h")
    session.get_one(Contact, contact_id).state = AddressState.INVALID
    session.commit()
    before = len(messages(session))

    deliver(sessions, into(Listed()), host="h", now=now)

    assert len(messages(session)) == before
