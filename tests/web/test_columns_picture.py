"""Columns at their places, by hand: 130 units of height for the highest of 4."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.services.figures import Period
from tracker.web.columns_picture import Column, draw_columns
from tracker.web.months_picture import by_month


def test_the_hatched_part_stands_on_the_solid_one_and_the_limit_is_to_scale():
    desk, phone = draw_columns([Column("a", 1, 1, 4), Column("b", 0, 0)])

    one, other = desk.columns
    assert (one.solid_y, one.solid_height) == ("111.5", "32.5")
    assert (one.hatched_y, one.hatched_height) == ("79.0", "32.5")
    assert (one.limit_y, other.limit_y) == ("14.0", "")
    assert (one.x, one.right, one.broad) == ("64.0", "307.0", "243")  # of 303 a fifth is left
    assert [words for _, words in desk.levels] == ["0", "2", "4"]
    assert (desk.name, phone.name, phone.width) == ("desk", "phone", 350)


def test_names_that_would_run_into_each_other_are_left_out_below():
    desk, phone = draw_columns([Column(f"{number} Nov", 1) for number in range(10, 22)])

    assert all(one.words for one in desk.columns)
    assert [one.words for one in phone.columns[:4]] == ["10 Nov", "", "12 Nov", ""]


def test_nothing_is_drawn_of_nothing():
    assert draw_columns([Column("a", 0, limit=3)]) == ()
    assert draw_columns([]) == ()


def test_cases_stand_in_their_month_by_the_clinics_calendar_and_none_is_lost():
    zone = ZoneInfo("America/Chicago")
    midnight = datetime(2027, 1, 1, tzinfo=zone)
    quarter = Period(midnight, datetime(2027, 4, 1, tzinfo=zone))
    new_year = datetime(2027, 1, 1, 3, tzinfo=UTC)  # still December there
    cases = [
        *((new_year, True, 1), (datetime(2027, 3, 31, tzinfo=zone), False, Decimal("2.9"))),
        (datetime(2027, 3, 2, tzinfo=zone), True, Decimal("1.2")),
    ]

    desk, _phone = by_month(quarter, cases, zone)

    told = [(one.name, one.whole) for one in desk.columns]
    assert told == [("Dec 2026", 1), ("Jan 2027", 0), ("Feb 2027", 0), ("Mar 2027", 3)]
    march = desk.columns[3]
    assert float(march.hatched_height) > float(march.solid_height) > 0
    assert by_month(Period(midnight, datetime(2031, 1, 1, tzinfo=zone)), cases, zone) == ()
