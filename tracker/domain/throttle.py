"""How long whoever guesses must wait, so that guessing is hopeless and nobody is locked out."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

IPV6_NETWORK = 64  # bits; one customer of a provider has at least all of such a network


@dataclass(frozen=True, slots=True)
class Budget:
    """So many mistakes are free, then each waits twice as long as the one before."""

    free: int
    first_wait: timedelta
    longest_wait: timedelta
    forgotten_after: timedelta  # without another mistake


# Ours, all of them. Five typing errors are human; after them a guesser gets some hundred
# guesses a day, of passwords that no list of broken ones holds.
GUESSES = Budget(5, timedelta(seconds=15), timedelta(minutes=15), timedelta(days=1))
# A whole hospital may come from one address: it is slowed, never shut out.
ORIGIN = Budget(50, timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Mistakes:
    """How many there were in a row, and when the last one was."""

    count: int
    last_at: datetime


def wait_after(count: int, budget: Budget) -> timedelta:
    """How long to wait after so many mistakes in a row."""
    beyond = count - budget.free
    if beyond < 0:
        return timedelta(0)
    # by the exponent first: a number of thousands of digits is no duration
    doubled: timedelta = budget.first_wait * (1 << min(beyond, 30))
    return min(doubled, budget.longest_wait)


def still_to_wait(mistakes: Mistakes | None, budget: Budget, *, now: datetime) -> timedelta:
    """How long from now until the next try is looked at; zero if it may come."""
    if mistakes is None:
        return timedelta(0)
    until = mistakes.last_at + wait_after(mistakes.count, budget)
    # a clock that was set back must not shut anybody out
    return min(max(until - now, timedelta(0)), budget.longest_wait)


def one_more(mistakes: Mistakes | None, budget: Budget, *, now: datetime) -> Mistakes:
    """The mistakes with one more; old ones are forgotten."""
    is_old = mistakes is not None and now - mistakes.last_at >= budget.forgotten_after
    before = 0 if mistakes is None or is_old else mistakes.count
    return Mistakes(before + 1, now)


def origin_of(address: str) -> str:
    """Where somebody comes from: the address, and of IPv6 the network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False))
