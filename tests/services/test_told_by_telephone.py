"""A message that perhaps never came: whoever is reached by telephone has been told."""

from datetime import timedelta

import pytest

from tests.cast import a_ward, asked_to_book, telephone_tasks
from tests.outlets import Listed, into
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.domain.silence import CallResult
from tracker.jobs import deliver, tick
from tracker.services.contact_attempts import record_call
from tracker.services.contacts import decide_consent

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def ward(session):
    return a_ward(session)


@pytest.fixture
def watch(session, ward, now):
    found = asked_to_book(session, ward, now=now)
    session.commit()
    return found


def lost(sessions, refusal, *, now):
    sender = Listed(fails=DeliveryFailed("the line dropped", refusal=refusal))
    tick(sessions, now=now, host="h")
    deliver(sessions, into(sender), host="h", now=now)


def called(session, watch, ward, result, *, at, again_on=None, now):
    record_call(
        session, watch, result=result, called="Ada", called_at=at, next_call_on=again_on,
        by=ward.nadia, now=now,
    )  # fmt: skip
    session.commit()


def test_promise_evidence_only_who_was_reached_has_been_told(
    sessions, session, ward, watch, now
):
    lost(sessions, Refusal.UNCLEAR, now=now)
    (asks,) = telephone_tasks(session)

    called(session, asks, ward, CallResult.REACHED, at=now + HOUR, now=now + HOUR)

    assert telephone_tasks(session) == []
    assert (asks.evidence_kind, asks.closed_at) == ("contact_attempt", now + HOUR)
    assert watch.closed_at is None  # the reservoir is as it was


@pytest.mark.parametrize(
    ("result", "again_in", "later"),
    [
        (CallResult.NO_ANSWER, 1, HOUR),
        (CallResult.MESSAGE_LEFT, 1, HOUR),
        (CallResult.REFUSED, 1, HOUR),
        (CallResult.REACHED, 1, HOUR),  # another call was promised
        (CallResult.REACHED, None, -HOUR),  # before there was anything to ask about
    ],
)
def test_promise_evidence_only_less_than_that_ends_nothing(
    sessions, session, ward, watch, now, result, again_in, later
):
    lost(sessions, Refusal.UNCLEAR, now=now)
    (asks,) = telephone_tasks(session)

    again_on = now.date() + again_in * DAY if again_in else None
    called(session, asks, ward, result, at=now + later, again_on=again_on, now=now + HOUR)
    tick(sessions, now=now + 3 * DAY, host="h")

    assert telephone_tasks(session) == [asks]


def test_promise_evidence_only_a_call_mends_no_address(sessions, session, ward, watch, now):
    """The next message would reach nobody either: the right address is asked for still."""
    lost(sessions, Refusal.BAD_ADDRESS, now=now)
    (asks,) = telephone_tasks(session)
    assert "ask for another address" in asks.explanation["sentence"]

    called(session, asks, ward, CallResult.REACHED, at=now + HOUR, now=now + HOUR)
    tick(sessions, now=now + 3 * DAY, host="h")

    assert telephone_tasks(session) == [asks]


@pytest.mark.parametrize("is_called_first", [True, False])
def test_who_has_no_other_address_is_told_and_written_to_no_more(
    sessions, session, ward, watch, now, is_called_first
):
    lost(sessions, Refusal.BAD_ADDRESS, now=now)
    (asks,) = telephone_tasks(session)
    (ada,) = watch.pump.patient.contacts

    def decided():
        how = "has no e-mail, is telephoned"
        decide_consent(session, ada, is_given=False, how=how, by=ward.nadia, now=now + HOUR)
        session.commit()

    def reached():
        called(session, asks, ward, CallResult.REACHED, at=now + HOUR, now=now + HOUR)

    first, second = (reached, decided) if is_called_first else (decided, reached)
    first()
    assert telephone_tasks(session) == [asks]
    second()

    assert telephone_tasks(session) == []
    assert asks.evidence_kind == "contact_attempt"


def test_promise_evidence_only_a_consent_that_is_given_mends_no_address(
    sessions, session, ward, watch, now
):
    lost(sessions, Refusal.BAD_ADDRESS, now=now)
    (asks,) = telephone_tasks(session)
    (ada,) = watch.pump.patient.contacts

    decide_consent(session, ada, is_given=True, how="again", by=ward.nadia, now=now + HOUR)
    called(session, asks, ward, CallResult.REACHED, at=now + HOUR, now=now + HOUR)

    assert telephone_tasks(session) == [asks]
