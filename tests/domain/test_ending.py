"""By when the end of a pump wants a second person."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.ending_ladder import confirm_by

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("refill_in", "was_urgent", "days"),
    [
        pytest.param(60, False, 7, id="a week, where the refill is far"),
        pytest.param(3, False, 3, id="not after the refill that there would have been"),
        pytest.param(0.2, False, 1, id="a day at least, so that it is asked before it is late"),
        pytest.param(-20, False, 1, id="and where the refill was late already"),
        pytest.param(None, False, 7, id="a week, where no refill had a date"),
        pytest.param(60, True, 1, id="a day, where something of the pump was urgent"),
        pytest.param(None, True, 1, id="also where no refill had a date"),
    ],
)
def test_an_end_is_confirmed_before_the_pump_would_be_late(refill_in, was_urgent, days):
    refill_by = None if refill_in is None else NOW + refill_in * DAY

    assert confirm_by(NOW, refill_by=refill_by, was_urgent=was_urgent) == NOW + days * DAY
