"""How long things took, as a report says it."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain.incident import first_after, say_span

BEGAN = datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=2, minutes=5), "2 hours 5 minutes"),
        (timedelta(days=1, hours=3, minutes=59), "1 day 3 hours"),
        (timedelta(days=2, minutes=4), "2 days 4 minutes"),
        (None, "never"),
    ],
)
def test_a_span_is_said_in_the_two_largest_units_that_say_something(span, said):
    assert say_span(span, never="never") == said


def test_only_what_came_after_the_beginning_counts():
    earlier, later = BEGAN - timedelta(days=1), BEGAN + timedelta(days=2)
    assert first_after([later, earlier], BEGAN) == timedelta(days=2)
    assert first_after([earlier], BEGAN) is None
