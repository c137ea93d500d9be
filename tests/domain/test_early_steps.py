"""A step that is told before its time: what the watch stands on afterwards."""

import pytest

from tests.domain.ladders import DAY, HOUR, D, anchors
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Booking, Hush, Position, default_ladder, next_move
from tracker.domain.risk import RiskClass


@pytest.mark.parametrize("risk", [RiskClass.CRITICAL, RiskClass.HIGH])
def test_a_step_told_early_is_let_go_of_before_its_own_pause_is_over(risk):
    """The one that is due pauses longer: the watch goes back to it, and says nothing then."""
    ladder = default_ladder(WatchKind.REFILL, risk)
    last = len(ladder.steps)
    now, due = D + 11 * HOUR, last - 1  # the visit was on the day of D; empty in two days
    told = Position(due, 7, now - 3 * HOUR)
    reopened = Hush(booking=Booking(now - 22 * HOUR, now))

    early = next_move(ladder, anchors(D, now + 2 * DAY), told, reopened, now=now)
    at = early.next_action_at
    back = next_move(ladder, anchors(D, now + 2 * DAY), early.position, reopened, now=at)

    assert (early.fires, early.position.cursor) == (ladder.steps[last - 1], last)
    assert at == now + ladder.steps[last - 1].repeat
    assert (back.fires, back.position.cursor) == (None, due)
    assert back.next_action_at == now + ladder.steps[due - 1].repeat
