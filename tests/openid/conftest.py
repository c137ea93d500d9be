"""A provider over a real line that signs whatever it is told to, and ours that asks it."""

from datetime import UTC, datetime

import pytest

from tests.openid import provider as making
from tests.openid.provider import CLIENT, SECRET, provider
from tracker.openid.provider import Client, Provider, an_attempt

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


@pytest.fixture(scope="module")
def served():
    with provider(SECONDS) as house:
        yield house


@pytest.fixture
def house(served):
    """The provider as it is when all is right."""
    fresh = making.House(SECONDS, served.port)
    for name, value in vars(fresh).items():
        setattr(served, name, value)
    return served


@pytest.fixture
def ours(house):
    return Provider(Client(house.issuer, CLIENT, "https://pumps.example/back", SECRET))


def sign_in(ours, house, *, proved_since=None, **answer):
    attempt = an_attempt(proved_since=proved_since)
    address = ours.address(attempt, now=NOW)
    house.agree(address)
    return ours.identify({"code": "a code", "state": attempt.state} | answer, attempt, now=NOW)
