"""The clinic and the pump of a file that begins with them: `begins_with` says which."""

import pytest

from tests.riverside import Bedside, Riverside
from tracker.models import Pump


@pytest.fixture
def here(standing: Bedside) -> Riverside:
    return standing.here


@pytest.fixture
def pump(standing: Bedside) -> Pump:
    return standing.pump
