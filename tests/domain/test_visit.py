"""Which booked visit answers a refill."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.visit import is_in_time

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("visit_at", "refill_by_at", "answers"),
    [
        pytest.param(NOON + DAY, NOON + 2 * DAY, True, id="before refill-by"),
        pytest.param(NOON - 3 * timedelta(hours=1), NOON + DAY, True, id="earlier today"),
        pytest.param(NOON - DAY, NOON + DAY, False, id="yesterday, and nobody said a word"),
        pytest.param(NOON + 2 * DAY, NOON + DAY, False, id="after refill-by"),
        pytest.param(None, NOON + DAY, False, id="no visit"),
        pytest.param(NOON + DAY, None, False, id="no date is known"),
    ],
)
def test_promise_covered_a_visit_that_nobody_told_of_answers_no_refill(
    visit_at, refill_by_at, answers
):
    zone = ZoneInfo("Europe/London")

    said = is_in_time(visit_at, refill_by_at, today=date(2026, 6, 10), zone=zone)

    assert said is answers
