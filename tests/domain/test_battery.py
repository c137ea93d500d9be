"""The end of a pump's battery, and the days before it."""

from datetime import date
from decimal import Decimal

import pytest

from tracker.domain.battery import BatteryFacts, project_battery
from tracker.domain.danger import Rule
from tracker.domain.errors import CannotProject, NegativeQuantity

IMPLANTED = date(2019, 3, 15)


def test_w22_the_indicator_is_followed_by_ninety_days():
    danger = project_battery(BatteryFacts(date(2014, 9, 1), eri_on=date(2021, 8, 26)))

    assert danger.end_of_service_on == date(2021, 11, 24)
    assert danger.binding is Rule.REPLACEMENT_INDICATOR


def test_w45_the_indicator_ends_service_before_the_84_months_do():
    danger = project_battery(BatteryFacts(IMPLANTED, 84, eri_on=date(2025, 11, 2)))

    assert danger.end_of_service_on == date(2026, 1, 31)
    assert [(term.rule, term.on) for term in danger.terms] == [
        (Rule.REPLACEMENT_INDICATOR, date(2026, 1, 31)),
        (Rule.SERVICE_LIFE, date(2026, 3, 15)),
    ]


def test_an_indicator_late_in_life_does_not_reach_beyond_the_84_months():
    danger = project_battery(BatteryFacts(IMPLANTED, 84, eri_on=date(2026, 2, 1)))

    assert danger.end_of_service_on == date(2026, 3, 15)
    assert danger.binding is Rule.SERVICE_LIFE


def test_an_indicator_after_the_84_months_changes_nothing():
    danger = project_battery(BatteryFacts(IMPLANTED, 84, eri_on=date(2026, 4, 1)))

    assert danger.end_of_service_on == date(2026, 3, 15)


def test_replacement_is_planned_180_and_booked_90_days_before():
    danger = project_battery(BatteryFacts(IMPLANTED, 84))

    assert danger.plan_from_on == date(2025, 9, 16)
    assert danger.book_by_on == date(2025, 12, 15)


def test_an_estimate_counts_whole_months_to_the_indicator_and_then_ninety_days():
    facts = BatteryFacts(IMPLANTED, 84, estimate=(date(2024, 1, 31), Decimal("13.9")))

    danger = project_battery(facts)

    # 31 January 2024 and 13 months is 28 February 2025; 90 days on is 29 May
    assert danger.end_of_service_on == date(2025, 5, 29)
    assert danger.binding is Rule.PROGRAMMER_ESTIMATE


def test_an_estimate_longer_than_the_service_life_does_not_lengthen_it():
    facts = BatteryFacts(IMPLANTED, 84, estimate=(date(2024, 1, 31), Decimal(60)))

    assert project_battery(facts).binding is Rule.SERVICE_LIFE


def test_an_estimate_of_no_months_left_ends_in_ninety_days():
    facts = BatteryFacts(IMPLANTED, estimate=(date(2025, 1, 1), Decimal(0)))

    assert project_battery(facts).end_of_service_on == date(2025, 4, 1)


def test_a_pump_implanted_on_a_leap_day_ends_on_the_last_of_february():
    danger = project_battery(BatteryFacts(date(2020, 2, 29), 84))

    assert danger.end_of_service_on == date(2027, 2, 28)


def test_a_pump_that_does_not_stop_by_itself_waits_for_a_reading():
    synchromed_el = BatteryFacts(date(2020, 1, 1))

    with pytest.raises(CannotProject, match="programmer's estimate"):
        project_battery(synchromed_el)


def test_months_below_zero_are_refused():
    with pytest.raises(NegativeQuantity):
        project_battery(BatteryFacts(IMPLANTED, 84, estimate=(IMPLANTED, Decimal("-0.5"))))


def test_hazard_h28_a_day_of_implant_that_nobody_knows_gives_the_battery_no_end():
    with pytest.raises(CannotProject):
        project_battery(BatteryFacts(None, 84))
    danger = project_battery(BatteryFacts(None, 84, estimate=(date(2026, 11, 2), Decimal(12))))

    assert danger.binding is Rule.PROGRAMMER_ESTIMATE
    assert danger.end_of_service_on == date(2028, 1, 31)
