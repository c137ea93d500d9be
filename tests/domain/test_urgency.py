"""How long a pump has been stopped, beside the 48 hours."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.urgency import told_stop


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (22.5, "for 22 h; 25 h are left of the 48 hours"),
        (48, "for 48 h: past the 48 hours after which it is a critical alarm"),
        (100, "for 4 days 4 h: past the 48 hours after which it is a critical alarm"),
    ],
)
def test_hazard_h13_a_stop_has_a_timer(hours, words):
    now = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)

    assert told_stop(now - timedelta(hours=hours), now=now) == words
