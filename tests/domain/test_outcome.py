"""What a hand-over makes of its message."""

from dataclasses import replace
from itertools import product

import pytest

from tracker.domain.message import MessageState, backoff, may_become
from tracker.domain.outcome import NOTHING, HandOver, Outcome, Raised, outcome_of
from tracker.domain.outgoing import Refusal

STAFF = HandOver(MessageState.CLAIMED, None, False, False, False, attempts=2)
PATIENT = replace(STAFF, is_to_patient=True)
WAIT = backoff(2)
EVERY = [
    HandOver(*facts, attempts=1)
    for facts in product(MessageState, (None, *Refusal), *[(False, True)] * 3)
]


@pytest.mark.parametrize(
    ("refusal", "staff", "patient"),
    [
        (None, Outcome(MessageState.SENT), Outcome(MessageState.SENT)),
        (Refusal.FOR_NOW, *[Outcome(MessageState.PLANNED, again_in=WAIT)] * 2),
        (Refusal.CHANNEL_DOWN, *[Outcome(MessageState.PLANNED, again_in=WAIT)] * 2),
        (
            Refusal.FOR_GOOD,
            *[Outcome(MessageState.FAILED, doubts_address=True, raises=Raised.UNREACHED)] * 2,
        ),
        (
            Refusal.BAD_ADDRESS,
            *[Outcome(MessageState.FAILED, flags_address=True, raises=Raised.UNREACHED)] * 2,
        ),
        (Refusal.UNFIT, *[Outcome(MessageState.FAILED, raises=Raised.FAULT)] * 2),
        (
            Refusal.UNCLEAR,
            Outcome(MessageState.UNKNOWN, told_again_in=WAIT),
            Outcome(MessageState.UNKNOWN, raises=Raised.TELEPHONE),
        ),
    ],
)
def test_each_answer_of_a_channel_has_its_end(refusal, staff, patient):
    assert outcome_of(replace(STAFF, refusal=refusal)) == staff
    assert outcome_of(replace(PATIENT, refusal=refusal)) == patient


@pytest.mark.parametrize("facts", [{"is_over": True}, {"newer_waits": True}])
def test_staff_are_not_told_again_what_is_over_or_said_by_a_newer_one(facts):
    unclear = replace(STAFF, refusal=Refusal.UNCLEAR, **facts)

    assert outcome_of(unclear) == Outcome(MessageState.UNKNOWN)


def test_promise_exactly_enough_no_end_of_a_hand_over_tells_a_patient_again():
    again = [
        outcome_of(one)
        for one in EVERY
        if one.is_to_patient and one.refusal in (None, Refusal.UNCLEAR)
    ]

    assert {(one.again_in, one.told_again_in) for one in again} == {(None, None)}


def test_promise_exactly_enough_no_end_of_a_hand_over_is_silence():
    for one in EVERY:
        outcome = outcome_of(one)
        is_bad = outcome.state in (MessageState.FAILED, MessageState.UNKNOWN)
        is_said = outcome.told_again_in is not None or outcome.raises is not None
        needs_nobody = not one.is_to_patient and (one.is_over or one.newer_waits)
        assert not is_bad or is_said or needs_nobody, one


def test_every_end_is_one_that_the_table_of_states_allows():
    for one in EVERY:
        state = outcome_of(one).state
        assert state is None or may_become(one.state, state), one


def test_what_was_settled_meanwhile_stays_unless_it_is_known_now():
    for one in EVERY:
        if one.state is not MessageState.CLAIMED and one.refusal is not None:
            assert outcome_of(one) == NOTHING
    late = replace(STAFF, state=MessageState.UNKNOWN)
    assert outcome_of(late) == Outcome(MessageState.SENT)
