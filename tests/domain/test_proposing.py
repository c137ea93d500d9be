"""Days for the next visit: open, in time, and with room for a second try."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.calendar import OpenDays
from tracker.domain.proposing import LEAD, OFFERED, days_to_offer

WEEKDAYS = OpenDays(ZoneInfo("Europe/London"), frozenset(range(5)))
FRIDAY = datetime(2026, 6, 26, 16, tzinfo=UTC)


def offered(*, earliest, at=FRIDAY, open_days=WEEKDAYS):
    return days_to_offer(at, open_days, earliest=earliest)


def test_the_days_offered_leave_two_open_days_before_refill_by():
    assert offered(earliest=date(2026, 6, 1)).days == (
        date(2026, 6, 22),
        date(2026, 6, 23),
        date(2026, 6, 24),
    )


def test_where_little_time_is_left_any_open_day_is_offered():
    found = offered(earliest=date(2026, 6, 25))

    assert found.days == (date(2026, 6, 25), date(2026, 6, 26))
    assert not found.has_room


def test_a_day_without_a_place_gives_way_to_the_one_before():
    full = {date(2026, 6, 23), date(2026, 6, 24)}

    found = days_to_offer(
        FRIDAY, WEEKDAYS, earliest=date(2026, 6, 1), is_free=lambda day: day not in full
    )

    assert found.days == (date(2026, 6, 18), date(2026, 6, 19), date(2026, 6, 22))
    assert found.has_room
    assert set(found.passed_over) == full


def test_nothing_is_offered_once_refill_by_has_passed():
    assert offered(earliest=date(2026, 6, 27)).days == ()


@settings(max_examples=40)
@given(st.integers(0, 60), st.integers(0, 60), st.frozensets(st.integers(0, 6), min_size=1))
def test_promise_covered_no_day_is_offered_that_is_closed_or_after_refill_by(on, begin, days):
    at, first = FRIDAY + timedelta(days=on), date(2026, 6, 20) + timedelta(days=begin)
    open_days = OpenDays(WEEKDAYS.zone, days, frozenset({date(2026, 7, 3)}))

    found = offered(at=at, earliest=first, open_days=open_days).days

    assert len(found) <= max(LEAD, OFFERED)
    assert list(found) == sorted(found)
    for day in found:
        assert open_days.is_open(day)
        assert first <= day <= at.astimezone(WEEKDAYS.zone).date()
