"""The states of a message, its key, and its back-off."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tracker.domain.message import Channel, MessageState, backoff, may_become, message_key

ALLOWED = {
    "planned": "claimed held superseded cancelled",
    "held": "planned superseded cancelled",
    "claimed": "sent planned held failed unknown superseded cancelled",
    "sent": "delivered failed",
    "unknown": "sent delivered failed",
    "delivered": "",
    "failed": "",
    "superseded": "",
    "cancelled": "",
}


@pytest.mark.parametrize("old", MessageState)
@pytest.mark.parametrize("new", MessageState)
def test_a_message_becomes_only_what_the_table_says(old, new):
    assert may_become(old, new) is (new in ALLOWED[old].split())


def test_what_left_the_house_is_never_planned_again():
    reachable = {MessageState.SENT, MessageState.UNKNOWN}
    while True:
        more = {new for old in reachable for new in MessageState if may_become(old, new)}
        if more <= reachable:
            break
        reachable |= more

    assert not reachable & {MessageState.PLANNED, MessageState.CLAIMED, MessageState.HELD}


def test_every_message_that_is_not_at_its_end_can_still_reach_one():
    ends = {
        state for state in MessageState if not any(may_become(state, n) for n in MessageState)
    }
    assert ends == {
        MessageState.DELIVERED,
        MessageState.FAILED,
        MessageState.SUPERSEDED,
        MessageState.CANCELLED,
    }


def test_a_key_names_watch_step_round_recipient_and_channel():
    assert message_key(12, 3, 4, "staff-7", Channel.EMAIL) == "12:3:4:staff-7:email"


def test_a_failed_message_waits_longer_each_time_and_never_more_than_an_hour():
    waits = [backoff(attempts) for attempts in range(1, 12)]

    assert waits[:7] == [timedelta(minutes=n) for n in (1, 2, 4, 8, 16, 32, 60)]
    assert set(waits[7:]) == {timedelta(hours=1)}
    assert all(a <= b for a, b in pairwise(waits))
    assert backoff(10**9) == timedelta(hours=1)


def test_a_message_never_tried_waits_a_minute_as_the_first_time():
    assert backoff(0) == backoff(1)
