"""The clinic that is audited."""

import pytest

from tests.services.breaches.world import World


@pytest.fixture
def world(session, now):
    return World(session, now)
