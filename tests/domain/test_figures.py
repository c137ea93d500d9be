"""The figures of a quality meeting, from lists of what was done."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.domain.figures import (
    RefillDone,
    by_days_left,
    by_week,
    discrepancies,
    middle,
    middle_span,
    near_misses,
    on_time,
)
from tracker.domain.residual import Grade

LONDON = ZoneInfo("Europe/London")
DUE = datetime(2026, 6, 30, 17, tzinfo=UTC)


def done(days_before: int | None, **facts) -> RefillDone:
    due = None if days_before is None else DUE
    filled = DUE - timedelta(days=days_before or 0)
    return RefillDone(1, "Byron, Ada", "TST1", filled, due, **facts)


def test_in_time_is_by_the_instant_and_a_first_fill_does_not_count():
    share = on_time([done(3), done(0), done(-1), done(None)])
    assert (share.part, share.whole, share.percent) == (2, 3, 67)
    assert on_time([]).percent is None


def test_a_near_miss_was_in_time_with_fewer_than_three_days_left():
    found = near_misses([done(3), done(2), done(0), done(-1)], LONDON)
    assert [one.days_left(LONDON) for one in found] == [0, 2]


def test_a_day_left_is_a_day_of_the_clinic():
    late_evening = RefillDone(1, "", "", datetime(2026, 6, 29, 23, 30, tzinfo=UTC), DUE)
    assert late_evening.days_left(LONDON) == 0  # half past midnight there


def test_each_refill_is_counted_in_one_stretch():
    counted = by_days_left([done(days) for days in (-5, 0, 2, 3, 13, 14, 27, 28, 90)], LONDON)
    assert counted == [
        ("late", 1),
        ("0 to 2", 2),
        ("3 to 6", 1),
        ("7 to 13", 1),
        ("14 to 27", 2),
        ("28 or more", 2),
    ]


def test_a_refill_after_the_hour_of_its_day_was_late_and_left_no_days():
    evening = RefillDone(1, "", "", DUE + timedelta(hours=2), DUE)
    assert evening.days_left(LONDON) == 0
    assert by_days_left([evening], LONDON)[:2] == [("late", 1), ("0 to 2", 0)]


def test_a_residual_counts_only_where_all_three_volumes_are_known():
    volumes = {"expected_ml": Decimal(5), "after_fill_before_ml": Decimal(20)}
    found = discrepancies(
        [
            done(3, measured_ml=Decimal("7.2"), **volumes),
            done(3, measured_ml=Decimal("4.4"), **volumes),
            done(3, **volumes),
        ]
    )
    assert found == {Grade.RED: 1, Grade.WITHIN: 1}


def test_what_is_late_is_work_of_this_week():
    today = date(2026, 6, 3)  # a Wednesday
    counted = by_week([date(2026, 1, 1), date(2026, 6, 7), date(2026, 6, 8)], today=today)
    assert counted[:2] == [(date(2026, 6, 1), 2), (date(2026, 6, 8), 1)]
    assert len(counted) == 12


def test_the_middle_of_nothing_is_nothing():
    assert middle([]) is None
    assert middle_span([]) is None
    assert middle([1, 2]) == 1
    assert middle_span([timedelta(hours=1), timedelta(hours=3)]) == timedelta(hours=2)
