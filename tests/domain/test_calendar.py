"""Wall times, days and opening days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.calendar import (
    OpenDays,
    add_months,
    instant,
    parse_day,
    parse_time,
    start_of_day,
)
from tracker.domain.errors import (
    AmbiguousLocalTime,
    NonexistentLocalTime,
    TrackerError,
    UnclearDate,
)

NEW_YORK = ZoneInfo("America/New_York")
WORKDAYS = frozenset(range(5))


def wall(text):
    return datetime.fromisoformat(text)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "fold", "expected"),
    [
        pytest.param("2026-01-12T09:30", None, "2026-01-12T14:30", id="winter"),
        pytest.param("2026-07-12T09:30", None, "2026-07-12T13:30", id="summer"),
        pytest.param("2026-07-12T09:30", 1, "2026-07-12T13:30", id="fold of a plain hour"),
        pytest.param("2026-03-08T01:59", None, "2026-03-08T06:59", id="before the gap"),
        pytest.param("2026-03-08T03:00", None, "2026-03-08T07:00", id="after the gap"),
        pytest.param("2026-11-01T01:00", 0, "2026-11-01T05:00", id="first pass"),
        pytest.param("2026-11-01T01:59", 1, "2026-11-01T06:59", id="second pass"),
        pytest.param("2026-11-01T02:00", None, "2026-11-01T07:00", id="after both passes"),
    ],
)
def test_a_wall_time_is_an_instant(local, fold, expected):
    assert instant(wall(local), NEW_YORK, fold=fold) == utc(expected)


@pytest.mark.parametrize("local", ["2026-03-08T02:00", "2026-03-08T02:59"])
@pytest.mark.parametrize("fold", [None, 0, 1])
def test_a_time_in_the_gap_is_refused(local, fold):
    with pytest.raises(NonexistentLocalTime, match="does not exist"):
        instant(wall(local), NEW_YORK, fold=fold)


@pytest.mark.parametrize("local", ["2026-11-01T01:00", "2026-11-01T01:59"])
def test_a_time_that_occurs_twice_is_refused_without_its_pass(local):
    with pytest.raises(AmbiguousLocalTime, match="occurs twice") as refused:
        instant(wall(local), NEW_YORK, field="filled_at")
    assert refused.value.field == "filled_at"


def test_a_day_that_never_was_has_no_times():
    with pytest.raises(NonexistentLocalTime):
        instant(wall("2011-12-30T12:00"), ZoneInfo("Pacific/Apia"))


def test_a_wall_time_bears_no_zone():
    with pytest.raises(TrackerError):
        instant(utc("2026-01-01T00:00"), NEW_YORK)


def test_a_time_at_the_end_of_the_calendar_is_refused():
    with pytest.raises(UnclearDate):
        instant(wall("9999-12-31T23:00"), NEW_YORK)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-12", "12 Mar 2026", "12 March 2026", "12-Mar-2026", "12 mar. 2026"),
        *(" March 12, 2026 ", "Mar 12 2026", "12 MARCH, 2026"),
    ],
)
def test_a_day_is_read_where_its_order_is_clear(text):
    assert parse_day(text) == date(2026, 3, 12)


@pytest.mark.parametrize(
    "text",
    [
        *("03/04/2026", "13/04/2026", "3.4.2026", "03-04-2026", "2026/03/04", "20260304"),
        *("12 Mar 26", "12 Mrz 2026", "12 Ma 2026", "Mar 2026", "", "today", "2026-3-4"),
        *("0001-01-01", "1899-12-31", "2201-01-01", "1 Jan 9999", "0000-01-01"),
        *("2026-02-30", "31 Apr 2026", "29 Feb 2027", "0 Mar 2026", "2026-03-12T10:00"),
    ],
)
def test_hazard_h04_a_day_that_is_not_clear_is_refused(text):
    with pytest.raises(UnclearDate) as refused:
        parse_day(text, field="filled_on")
    assert refused.value.field == "filled_on"


@pytest.mark.parametrize(("text", "expected"), [("9:05", time(9, 5)), ("21:30", time(21, 30))])
def test_a_time_is_read_on_the_24_hour_clock(text, expected):
    assert parse_time(text) == expected


@pytest.mark.parametrize("text", ["24:00", "9:60", "9.30", "9:30 pm", "0930", "", "9:5"])
def test_another_time_is_refused(text):
    with pytest.raises(UnclearDate):
        parse_time(text)


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        pytest.param("2026-01-12", "America/New_York", "2026-01-12T05:00", id="plain"),
        pytest.param("2026-03-08", "America/New_York", "2026-03-08T05:00", id="day of the gap"),
        pytest.param("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00", id="no midnight"),
        pytest.param("2026-11-01", "America/Havana", "2026-11-01T04:00", id="midnight twice"),
        pytest.param("2011-12-30", "Pacific/Apia", "2011-12-30T10:00", id="day left out"),
    ],
)
def test_a_day_starts_at_its_first_instant(day, zone, expected):
    assert start_of_day(date.fromisoformat(day), ZoneInfo(zone)) == utc(expected)


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "America/Toronto", "Asia/Beirut"])
def test_no_instant_of_the_day_before_lies_after_its_start(zone):
    where = ZoneInfo(zone)
    for number in range(0, 366 * 3, 7):
        day = date(2016, 1, 1) + timedelta(days=number)
        begins = start_of_day(day, where)
        assert begins.astimezone(where).date() == day
        assert (begins - timedelta(seconds=1)).astimezone(where).date() == day - timedelta(
            days=1
        )


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2019-03-15", 84, "2026-03-15"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2027-12-31", 2, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-12-31", 0, "2026-12-31"),
    ],
)
def test_months_are_added_and_never_run_over(day, months, expected):
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param("2026-12-24T15:00", "2026-12-24T15:00", id="open: as it is"),
        pytest.param("2026-12-25T16:00", "2026-12-25T04:59:59", id="closed: the eve"),
        pytest.param("2026-12-25T04:30", "2026-12-25T04:30", id="still the 24th here"),
        pytest.param("2026-12-27T16:00", "2026-12-25T04:59:59", id="weekend and holiday"),
        pytest.param("2026-12-28T05:00", "2026-12-28T05:00", id="first instant of Monday"),
        pytest.param("2026-12-28T04:59:59", "2026-12-25T04:59:59", id="a second before it"),
    ],
)
def test_a_refill_moves_back_to_an_open_day(at, expected):
    open_days = OpenDays(NEW_YORK, WORKDAYS, frozenset({date(2026, 12, 25)}))
    assert open_days.moved_back(utc(at)) == utc(expected)


def test_a_clinic_that_never_opens_is_refused():
    with pytest.raises(TrackerError):
        OpenDays(NEW_YORK, frozenset(), frozenset())


def test_a_long_closure_is_crossed():
    closed = frozenset(date(2026, 1, 1) + timedelta(days=one) for one in range(200))
    moved = OpenDays(NEW_YORK, WORKDAYS, closed).moved_back(utc("2026-07-01T12:00"))
    assert moved.astimezone(NEW_YORK).date() == date(2025, 12, 31)
