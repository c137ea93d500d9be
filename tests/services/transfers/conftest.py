"""Each test begins with an offer that is open."""

import pytest

from tests.offered import offered_at


@pytest.fixture
def begins_with(now):
    return offered_at(now)


@pytest.fixture
def ward(standing):
    return standing
