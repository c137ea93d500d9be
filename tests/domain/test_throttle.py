"""Waiting: a few mistakes are free, then each waits longer, and never longer than a bound."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.throttle import (
    GUESSES,
    ORIGIN,
    Mistakes,
    one_more,
    origin_of,
    still_to_wait,
    wait_after,
)

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)


def test_five_mistakes_are_free_and_then_the_wait_doubles_up_to_its_bound():
    waits = [wait_after(count, GUESSES).total_seconds() for count in range(12)]

    assert waits == [0, 0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900]
    assert wait_after(10**6, GUESSES) == timedelta(minutes=15)


def test_a_place_is_slowed_and_never_shut_out():
    assert wait_after(10**6, ORIGIN) <= timedelta(minutes=1)


def test_mistakes_of_long_ago_are_forgotten():
    old = Mistakes(40, NOW - timedelta(days=1))

    assert one_more(old, GUESSES, now=NOW) == Mistakes(1, NOW)
    assert one_more(Mistakes(4, NOW), GUESSES, now=NOW) == Mistakes(5, NOW)


def test_a_clock_that_was_set_back_shuts_nobody_out():
    tomorrow = Mistakes(6, NOW + timedelta(days=1))

    assert still_to_wait(tomorrow, GUESSES, now=NOW) <= timedelta(minutes=15)


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", id="IPv4"),
        pytest.param("2001:db8:1:2:3::4", "2001:db8:1:2::/64", id="a network of IPv6"),
        pytest.param("not one", "unknown", id="a socket without address"),
    ],
)
def test_an_origin_is_an_address_or_a_network(address, origin):
    assert origin_of(address) == origin
