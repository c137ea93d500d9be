"""A clinic lives a month through its own pages, and its board is right each morning.

Here on SQLite three weeks of it, in which all happens that happens in a month, and ten days of
a small clinic on PostgreSQL; `make bench` lives whole months, over many seeds.
"""

import copy

import pytest

from tests.depth import EVERY_CASE
from tests.stories.month import EACH_ONCE, MORNING, begin
from tests.stories.month_acts import Clock
from tests.stories.month_scene import BEGIN, large, middling, small
from tests.stories.month_truth import DAY, STRENGTH

SEED = 1
DAYS = {60: 30, 40: 22, 14: 10}  # of so many pumps
MOST_CLICKS = 3  # links followed and forms sent, from the worklist on
MAIN_TASKS = {
    *("call and record", "book", "confirm", "order", "reassign", "what became of a visit"),
}


@pytest.fixture
def clock(monkeypatch):
    clock = Clock(BEGIN)
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: clock.now)
    return clock


@pytest.fixture
def begins_with(request):
    if "postgresql" in request.node.name:
        return small
    return large if EVERY_CASE else middling


@pytest.mark.one_database("sqlite")
def test_the_main_tasks_of_a_coordinator_take_at_most_three_clicks(
    app, sessions, standing, clock
):
    month = begin(app, sessions, copy.deepcopy(standing), clock, seed=SEED)
    acts, clock.now = month.acts, BEGIN + MORNING
    due = sorted(month.courses, key=month.ledger.refill_by)
    near = next(one for one in due if month.ledger.refill_by(one) > clock.now + 2 * DAY)
    made = next(one for one in due if one.strength != STRENGTH)

    acts.call(near, "Reached")
    acts.book(near, clock.now + DAY)
    acts.confirm(near)
    acts.order(made)
    acts.reassign(near)
    clock.now += 1.2 * DAY
    acts.became(near, "did not come")

    assert set(acts.clicks) == MAIN_TASKS
    assert {task: n for task, n in acts.clicks.items() if n > MOST_CLICKS} == {}


@pytest.mark.timeout(300)
def test_the_board_of_a_month_is_right_each_morning(app, sessions, standing, clock):
    days = DAYS[len(standing.courses)]
    month = begin(app, sessions, copy.deepcopy(standing), clock, seed=SEED)

    month.live(days)

    assert "\n".join(month.wrong) == "", f"seed {SEED}"
    assert set(month.acts.done) >= EACH_ONCE
    assert "order came late" in month.acts.done or days < DAYS[40]
