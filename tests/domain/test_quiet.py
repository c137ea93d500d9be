"""Quiet hours: over midnight, over both clock changes, and never past a date."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.quiet import may_wait, quiet_until

LONDON = ZoneInfo("Europe/London")
NIGHT = (time(21), time(8))
HOUR = timedelta(hours=1)
MINUTES_OF_A_YEAR = st.integers(0, 365 * 24 * 60)
MOMENTS = MINUTES_OF_A_YEAR.map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def at(day: int, hour: int, minute: int = 0, *, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(1, 20, 59), None),
        (at(1, 21), at(2, 8)),
        (at(1, 23, 59), at(2, 8)),
        (at(2, 0), at(2, 8)),
        (at(2, 7, 59), at(2, 8)),
        (at(2, 8), None),
    ],
)
def test_a_night_spans_midnight(now, until):
    assert quiet_until(LONDON, *NIGHT, now=now.astimezone(UTC)) == until


def test_quiet_hours_may_lie_within_one_day():
    noon = (time(12), time(14))

    assert quiet_until(LONDON, *noon, now=at(1, 13)) == at(1, 14)
    assert quiet_until(LONDON, *noon, now=at(1, 14)) is None
    assert quiet_until(LONDON, *noon, now=at(1, 23)) is None


@given(MOMENTS, st.times())
def test_equal_times_mean_none(now, same):
    assert quiet_until(LONDON, same, same, now=now) is None


def test_an_end_that_the_clock_skips_moves_forward():
    # 29 March 2026: 01:00 becomes 02:00
    until = quiet_until(
        LONDON, time(22), time(1, 30), now=datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    )

    assert until == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert f"{until:%H:%M}" == "02:30"


def test_an_end_that_comes_twice_is_the_first():
    # 25 October 2026: 02:00 becomes 01:00
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    until = quiet_until(LONDON, time(22), time(1, 30), now=first - HOUR)
    assert until is not None
    assert until.astimezone(UTC) == first
    assert (
        quiet_until(LONDON, time(22), time(1, 30), now=first + HOUR / 2) is None
    )  # 01:00 again


@given(
    MOMENTS,
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    st.times(),
    st.times(),
)
def test_an_end_is_ahead_within_a_day_and_an_hour_and_is_quiet_no_more(now, zone, starts, ends):
    zone = ZoneInfo(zone)
    until = quiet_until(zone, starts, ends, now=now)

    if until is not None:
        assert now < until <= now + 25 * HOUR
        assert quiet_until(zone, starts, ends, now=until.astimezone(UTC)) is None


@pytest.mark.parametrize(
    ("danger_at", "later_steps", "may"),
    [
        (None, [], True),
        (at(2, 9), [at(3, 0), None], True),
        (at(2, 8), [], False),
        (at(1, 0), [], False),  # it has passed already
        (None, [at(2, 7)], False),
    ],
)
def test_nothing_waits_past_a_date_or_the_next_step(danger_at, later_steps, may):
    assert may_wait(at(2, 8), danger_at, later_steps) is may
