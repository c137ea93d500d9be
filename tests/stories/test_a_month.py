"""A clinic lives a month through its own pages, and its board is right each morning."""

import copy

import pytest

from tests.stories.month import EACH_ONCE, begin
from tests.stories.month_acts import Clock
from tests.stories.month_scene import BEGIN, large, small

SEED = 1


@pytest.fixture
def clock(monkeypatch):
    clock = Clock(BEGIN)
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: clock.now)
    return clock


@pytest.fixture
def begins_with(request):
    return large if "sqlite" in request.node.name else small


@pytest.mark.timeout(300)
def test_the_board_of_a_month_is_right_each_morning(app, sessions, standing, clock):
    days = 30 if len(standing.courses) == 60 else 10
    month = begin(app, sessions, copy.deepcopy(standing), clock, seed=SEED)

    month.live(days)

    assert "\n".join(month.wrong) == "", f"seed {SEED}"
    assert set(month.acts.done) >= EACH_ONCE
