"""What answers the question whether somebody was told."""

from itertools import product

import pytest

from tracker.domain.message import MessageState
from tracker.domain.reached import (
    UNCLEAR,
    Asked,
    Shown,
    is_another_way,
    shown_of,
    shown_of_all,
    shows_address,
)

NOTHING = Asked(
    MessageState.UNKNOWN,
    is_to_staff=False,
    is_over=False,
    is_told=False,
    is_mended=False,
    is_refused=False,
    is_withdrawn=False,
)
FAILED = NOTHING._replace(state=MessageState.FAILED)
REFUSED = FAILED._replace(is_refused=True)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (NOTHING, None),
        (NOTHING._replace(is_mended=True), None),  # the address may have been right
        (NOTHING._replace(is_told=True), Shown.TOLD),
        (NOTHING._replace(is_over=True), Shown.OVER),
        (NOTHING._replace(state=MessageState.DELIVERED), Shown.REPORTED),
        (NOTHING._replace(state=MessageState.SENT), Shown.TAKEN),
        (NOTHING._replace(state=MessageState.CANCELLED, is_mended=True), None),
        (NOTHING._replace(state=MessageState.CANCELLED, is_told=True), Shown.TOLD),
        (FAILED, None),
        (FAILED._replace(is_told=True), Shown.TOLD),
        (REFUSED, None),
        (REFUSED._replace(is_told=True), None),  # the next one would reach nobody either
        (REFUSED._replace(is_mended=True), Shown.MENDED),  # by another address
        (REFUSED._replace(is_withdrawn=True), None),  # who has none has yet to be told
        (REFUSED._replace(is_withdrawn=True, is_told=True), Shown.TOLD),
        (FAILED._replace(is_mended=True), Shown.MENDED),
        (FAILED._replace(is_over=True), Shown.OVER),
    ],
)
def test_promise_evidence_only_what_a_patient_was_told(asked, shown):
    assert shown_of(asked) is shown


def test_promise_evidence_only_a_colleague_is_reached_by_a_mended_address_alone():
    for state, is_over, is_told in product(MessageState, (False, True), (False, True)):
        asked = NOTHING._replace(
            state=state, is_to_staff=True, is_over=is_over, is_told=is_told
        )
        assert shown_of(asked) is None
        assert shown_of(asked._replace(is_mended=True)) is Shown.MENDED


def test_promise_evidence_only_one_answer_is_not_the_answer_to_all():
    told = NOTHING._replace(is_told=True)
    mended = FAILED._replace(is_mended=True)

    assert shown_of_all([told, NOTHING]) is None
    assert shown_of_all([NOTHING, told]) is None
    assert shown_of_all([told, mended]) == (1, Shown.MENDED)
    assert shown_of_all([]) is None


def test_what_is_unclear_is_what_may_have_been_read():
    assert {MessageState.UNKNOWN, MessageState.CANCELLED} == UNCLEAR


def test_another_way_is_a_decision_or_an_address():
    assert is_another_way(is_decided=True, is_mended=False)
    assert is_another_way(is_decided=False, is_mended=True)
    assert not is_another_way(is_decided=False, is_mended=False)


def test_an_address_is_shown_by_nothing_older_than_what_was_lost_there():
    assert shows_address(7, None)
    assert shows_address(7, 6)
    assert not shows_address(7, 8)
