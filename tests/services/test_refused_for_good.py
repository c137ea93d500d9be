"""A message that is refused though its address is right: nothing is mended by that."""

from datetime import timedelta

from tests.cast import a_ward, asked_to_book, messages, telephone_tasks
from tests.outlets import Listed, into
from tracker.domain.bounce import Bounce
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.domain.silence import CallResult
from tracker.jobs import deliver, tick
from tracker.models import AddressState, Contact, Staff
from tracker.services.bounces import receive
from tracker.services.contact_attempts import record_call

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def test_promise_evidence_only_an_address_that_was_never_wrong_is_not_mended(
    sessions, session, now
):
    ward = a_ward(session)
    asked_to_book(session, ward, now=now)
    session.commit()
    sender = Listed(fails=DeliveryFailed("not this text", refusal=Refusal.FOR_GOOD))
    tick(sessions, now=now, host="h")
    deliver(sessions, into(sender), host="h", now=now)
    (asks,) = telephone_tasks(session)
    assert "may be right: please telephone instead" in asks.explanation["sentence"]

    for number in range(4):
        tick(sessions, now=now + MINUTE + number * DAY, host="h")

    assert telephone_tasks(session) == [asks]

    record_call(
        session, asks, result=CallResult.REACHED, called="Ada", called_at=now + 4 * DAY,
        next_call_on=None, by=ward.nadia, now=now + 4 * DAY,
    )  # fmt: skip
    session.commit()

    assert telephone_tasks(session) == []  # told of this one; the next is sent all the same


def test_promise_evidence_only_nor_is_that_of_a_colleague(sessions, session, now):
    asked_to_book(session, a_ward(session), now=now)
    session.commit()
    tick(sessions, now=now, host="h")
    deliver(sessions, into(Listed()), host="h", now=now)
    sender = Listed(fails=DeliveryFailed("not this text", refusal=Refusal.FOR_GOOD))
    for number in range(1, 9):
        tick(sessions, now=now + number * DAY, host="h")
        deliver(sessions, into(sender), host="h", now=now + number * DAY)
    message = next(one for one in messages(session, state="failed") if one.staff_id)
    key = f"clinic:{message.clinic_id}:undeliverable:{message.staff_id}"
    (asks,) = [one for one in telephone_tasks(session) if one.open_key == key]
    assert "if it is right, save it again" in asks.explanation["sentence"]

    for number in range(9, 12):
        tick(sessions, now=now + number * DAY, host="h")

    assert key in {one.open_key for one in telephone_tasks(session)}
    assert session.get_one(Staff, message.staff_id).email_state is AddressState.FAILING


def test_promise_evidence_only_a_late_report_of_an_older_message_shows_nothing(
    sessions, session, now
):
    asked_to_book(session, a_ward(session), now=now)
    session.commit()
    tick(sessions, now=now, host="h")
    deliver(sessions, into(Listed()), host="h", now=now)
    (first,) = [one for one in messages(session) if one.contact_id]
    sender = Listed(fails=DeliveryFailed("not this text", refusal=Refusal.FOR_GOOD))
    for number in range(1, 15):
        tick(sessions, now=now + number * DAY, host="h")
        deliver(sessions, into(sender), host="h", now=now + number * DAY)
    assert any(one.contact_id for one in messages(session, state="failed"))
    session.commit()

    session.expire_all()
    receive(session, Bounce(first.reference, "delivered", "2.0.0"), now=now + 15 * DAY)
    session.commit()

    assert session.get_one(Contact, first.contact_id).state is AddressState.FAILING
    assert telephone_tasks(session) != []
