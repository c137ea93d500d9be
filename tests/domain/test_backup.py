"""When a backup is due, which of the old ones stay, and when there is none to rely on."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.backup import (
    age_words,
    due_since,
    file_name,
    taken_at_of,
    too_many,
    what_is_missing,
    why_stale,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2027, 3, 12, 1, 30, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2027, 3, 12, 1, 59, tzinfo=UTC), datetime(2027, 3, 11, 2, tzinfo=UTC)),
        (datetime(2027, 3, 12, 2, 0, tzinfo=UTC), datetime(2027, 3, 12, 2, tzinfo=UTC)),
        # in summer the same hour of the wall is an hour earlier
        (datetime(2027, 6, 12, 1, 0, tzinfo=UTC), datetime(2027, 6, 12, 1, tzinfo=UTC)),
        (datetime(2027, 3, 28, 12, 0, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)),
    ],
)
def test_it_is_due_each_day_at_the_hour_of_the_clinic(now, due):
    assert due_since(time(2), LONDON, now=now) == due


def test_the_newest_of_each_day_stays_and_of_the_days_the_newest():
    names = [file_name(NOW - n * DAY + h * HOUR) for n in range(20) for h in (0, 5)]
    made = file_name(NOW + 6 * HOUR)

    gone = too_many([*names, made, "notes.txt", "tracker-old.backup.gz"], keep=14, made=made)

    kept = sorted(set(names) - set(gone))
    assert len(kept) == 13
    assert kept[-1] == file_name(NOW - DAY + 5 * HOUR)
    assert made not in gone
    assert "notes.txt" not in gone


def test_what_was_just_found_whole_stays_whatever_its_clock_said():
    names = [file_name(NOW - n * DAY) for n in range(3)]
    made = file_name(NOW - 9 * DAY)  # by a clock that was set back

    assert made not in too_many([*names, made], keep=1, made=made)


def test_a_file_tells_its_moment_and_another_tells_none():
    assert taken_at_of(file_name(NOW)) == NOW
    assert taken_at_of("tracker-20270312.backup.gz") is None


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (None, "There is no backup yet."),
        (timedelta(0), ""),
        (26 * HOUR, ""),
        (26 * HOUR + timedelta(seconds=1), "27 hours"),
        (9 * DAY, "9 days"),
    ],
)
def test_one_that_is_too_old_or_not_there_is_said(age, words):
    why = why_stale(None if age is None else NOW - age, hours=26, now=NOW)

    assert words in why
    assert bool(why) is bool(words)


def test_its_age_is_never_told_younger_than_it_is():
    assert age_words(timedelta(minutes=1)) == "1 hour"
    assert age_words(timedelta(hours=1, minutes=1)) == "2 hours"
    assert age_words(48 * HOUR + timedelta(seconds=1)) == "3 days"


def test_what_is_missing_is_said_by_the_clock_of_the_clinic():
    said = what_is_missing(datetime(2027, 7, 2, 1, 0, tzinfo=UTC), LONDON)

    assert said.startswith("Everything written after 2 Jul 2027 02:00 (Europe/London)")
