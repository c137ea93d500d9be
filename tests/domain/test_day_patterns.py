"""What each day of a flex programme gives, by the steps that the dates are reckoned with."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.day_patterns import about_lockout, day_patterns, totals
from tracker.domain.infusion import (
    BolusUse,
    Fill,
    History,
    Mode,
    PatientBolus,
    PeriodicBolus,
    Programme,
    Step,
    daily_dose_mcg,
)
from tracker.domain.reservoir import project

AT = datetime(2026, 3, 2, tzinfo=UTC)
WORKDAYS, WEEKEND = (0, 1, 2, 3, 4), (5, 6)


def flex(*steps, **more):
    found = tuple(Step(hour * 60, Decimal(rate), *day) for hour, rate, *day in steps)
    return Programme(AT, Mode.FLEX, steps=found, **more)


def test_hazard_h11_the_steps_of_a_day_add_up_in_mcg_and_in_ml():
    (day,) = day_patterns(flex((0, 10), (6, 40), (8, 15), (20, 25)), Decimal(1000))  # W29

    assert day.weekdays == tuple(range(7))
    assert (day.mcg_per_day, day.ml_per_day) == (420, Fraction(42, 100))
    assert [(one.start_minutes // 60, one.end_minutes // 60) for one in day.spans] == [
        (0, 6),
        (6, 8),
        (8, 20),
        (20, 24),
    ]


def test_hazard_h11_workdays_and_weekends_each_have_their_own_total():
    workday, weekend = day_patterns(
        flex((0, "20.5"), (0, 25, 5), (0, 26, 6), (12, 24, 6)), Decimal(2000)
    )[:2]

    assert (workday.weekdays, workday.mcg_per_day) == (WORKDAYS, 492)
    assert (weekend.weekdays, weekend.mcg_per_day) == ((5,), 600)
    two = day_patterns(flex((0, 20), (0, 25, 5), (0, 25, 6)), Decimal(2000))
    assert [one.weekdays for one in two] == [WORKDAYS, WEEKEND]


def test_a_day_begins_with_the_last_step_of_the_day_before():
    (day,) = day_patterns(flex((8, 10), (20, 30)), None)

    assert [(one.start_minutes, one.mcg_per_hour) for one in day.spans] == [
        (0, 30),
        (480, 10),
        (1200, 30),
    ]
    assert (day.mcg_per_day, day.ml_per_day) == (12 * 10 + 12 * 30, None)


@pytest.mark.parametrize("offset", [0, 60, -330], ids=["utc", "summer", "west and half"])
def test_the_mean_of_the_days_is_the_dose_that_the_dates_count_with(offset):
    programme = flex((7, 12), (19, 31), (9, 50, 2), clock_offset=timedelta(minutes=offset))

    days = day_patterns(programme, Decimal(500))

    week = sum(one.mcg_per_day * len(one.weekdays) for one in days)
    assert week / 7 == daily_dose_mcg(programme)
    assert sum(len(one.weekdays) for one in days) == 7


def test_periodic_boluses_and_the_patients_own_are_in_the_total():
    programme = Programme(
        AT,
        Mode.PERIODIC_BOLUS,
        Decimal(300),
        periodic=PeriodicBolus(Decimal(20), 240, 10),
        patient=PatientBolus(Decimal(10), 6),
    )

    found = totals(programme, Decimal(2000))

    assert found is not None
    assert (found[BolusUse.NONE].mcg, found[BolusUse.NONE].ml) == (420, Fraction(21, 100))
    assert (found[BolusUse.MAXIMUM].mcg, found[BolusUse.MAXIMUM].ml) == (480, Fraction(24, 100))


def test_a_flow_gives_what_its_concentration_says():
    fixed = Programme(AT, Mode.FIXED_FLOW, flow_ml_per_day=Decimal("0.5"))

    found = totals(fixed, Decimal(4000))

    assert found is not None
    assert (found[BolusUse.NONE].mcg, found[BolusUse.NONE].ml) == (2000, Fraction(1, 2))
    assert totals(fixed, None) is None
    assert totals(Programme(AT, Mode.STOPPED), Decimal(4000)) is None


@pytest.mark.parametrize(
    ("most", "minutes", "is_challenged"),
    [(4, 360, False), (4, 361, True), (6, 240, False), (6, 480, True), (6, None, False)],
)
def test_hazard_h10_a_lockout_that_the_allowed_boluses_do_not_fit_is_challenged(
    most, minutes, is_challenged
):
    found = list(about_lockout(PatientBolus(Decimal(10), most), minutes))

    assert bool(found) == is_challenged


def test_hazard_h11_a_change_of_the_clocks_neither_adds_nor_takes_an_hour():
    steps = (Step(0, Decimal(10)), Step(60, Decimal(200)), Step(180, Decimal(10)))
    spans = []
    for day in (date(2026, 2, 2), date(2026, 3, 28)):  # the second night of it has 23 hours
        at = datetime.combine(day, time(), ZoneInfo("Europe/London"))
        flex_day = Programme(at, Mode.FLEX, steps=steps)
        low_at = project(
            History((Fill(at, Decimal(4), Decimal(300)),), (flex_day,)),
            alarm_volume_ml=Decimal(2),
        ).low_at
        spans.append(low_at - at.astimezone(UTC))

    assert spans[0] == spans[1]
