"""What is looked at before a message is sent."""

from dataclasses import replace

import pytest

from tracker.domain.message import MessageState
from tracker.domain.standing import Standing, why_not

STAFF = Standing(is_over=False, step=3, cursor=3, newer_waits=False, is_refused=False)
PATIENT = replace(STAFF, is_to_patient=True, has_consent=True)


@pytest.mark.parametrize("standing", [STAFF, PATIENT, replace(STAFF, cursor=4)])
def test_what_is_as_right_as_when_planned_is_sent(standing):
    assert why_not(standing) is None


@pytest.mark.parametrize(
    ("facts", "state", "reason"),
    [
        ({"is_over": True}, MessageState.CANCELLED, "the danger is over"),
        ({"cursor": 2}, MessageState.SUPERSEDED, "the date has moved"),
        ({"newer_waits": True}, MessageState.SUPERSEDED, "a newer message"),
        ({"gone": "Ada"}, MessageState.CANCELLED, "Ada has left"),
        ({"is_refused": True}, MessageState.CANCELLED, "stopped or refused"),
        ({"has_consent": False}, MessageState.CANCELLED, "no consent"),
        ({"was_told_today": True}, MessageState.HELD, "one message a day"),
    ],
)
def test_what_is_not_is_dropped_with_its_reason(facts, state, reason):
    drop = why_not(replace(PATIENT, **facts))

    assert drop is not None
    assert drop.state is state
    assert reason in drop.reason


def test_only_the_days_second_message_may_go_out_tomorrow():
    drop = why_not(replace(PATIENT, was_told_today=True))

    assert drop is not None
    assert drop.is_for_today
    assert why_not(replace(STAFF, was_told_today=True)) is None
