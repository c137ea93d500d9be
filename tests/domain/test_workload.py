"""The work of the coming weeks, by hand. 26 November 2026 is a Thursday."""

from datetime import date, timedelta

from tracker.domain.workload import WEEKS, workload

TODAY = date(2026, 11, 26)
MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def two_a_day(day: date) -> int | None:
    return 2 if day.weekday() < 5 else 0


def test_each_refill_is_counted_once_and_late_ones_are_work_of_this_week():
    found = workload(
        [TODAY, MONDAY + 8 * DAY],
        [MONDAY - 30 * DAY, MONDAY + 13 * DAY, MONDAY + 14 * DAY, MONDAY + 800 * DAY],
        places=two_a_day,
        today=TODAY,
    )

    assert len(found) == WEEKS
    assert [(one.booked, one.unbooked) for one in found[:4]] == [(1, 1), (1, 1), (0, 1), (0, 0)]
    assert found[0].monday == MONDAY


def test_of_this_week_only_the_days_to_come_have_places():
    found = workload([TODAY] * 6, [], places=two_a_day, today=TODAY)

    assert (found[0].places, found[1].places) == (4, 10)  # Thursday and Friday; five days
    assert (found[0].too_many, found[1].too_many) == (2, 0)


def test_a_day_without_a_limit_leaves_the_week_without_one():
    found = workload([], [TODAY] * 50, places=lambda day: None, today=TODAY)

    assert (found[0].places, found[0].too_many) == (None, 0)
