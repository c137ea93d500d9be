"""The lines of the arithmetic end where the date is, and add up to what is in the reservoir."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from tracker.domain.account import account
from tracker.domain.infusion import (
    Bolus,
    BolusUse,
    Fill,
    History,
    Mode,
    PatientBolus,
    Programme,
    Step,
    bridge_bolus,
)
from tracker.domain.reservoir import project

AT = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
FILL = Fill(AT, Decimal(20), Decimal(2000))
SIX = Programme(AT, Mode.SIMPLE, Decimal(600))
BRIDGE = bridge_bolus(Decimal("0.3948"), Decimal(500), Decimal(300), AT)
STEPS = (Step(0, Decimal(10)), Step(18 * 60, Decimal(40)), Step(0, Decimal(30), weekday=5))
HISTORIES = {
    "one dose": History((FILL,), (SIX,)),
    "a dose that rises": History(
        (FILL,), (SIX, Programme(AT + 19 * DAY, Mode.SIMPLE, Decimal(690)))
    ),
    "flex by the week": History((FILL,), (Programme(AT, Mode.FLEX, steps=STEPS),)),
    "patient boluses": History(
        (FILL,),
        (Programme(AT, Mode.SIMPLE, Decimal(600), patient=PatientBolus(Decimal(20), 6)),),
    ),
    "a bridge bolus": History((FILL,), (SIX,), (BRIDGE,)),
    "primed at once": History((FILL,), (SIX,), (Bolus(AT, timedelta(0), Decimal("0.4")),)),
    "stopped for a week": History(
        (FILL,),
        (
            SIX,
            Programme(AT + 5 * DAY, Mode.STOPPED),
            Programme(AT + 12 * DAY, Mode.SIMPLE, Decimal(600)),
        ),
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("factor", [Fraction(1), Fraction(229, 200)], ids=["plain", "fast"])
def test_the_arithmetic_that_is_shown_ends_on_the_date_that_is_shown(name, factor):
    history = HISTORIES[name]

    lines = account(history, down_to_ml=Decimal(2), flow_factor=factor)

    dates = project(history, alarm_volume_ml=Decimal(2), flow_factor=factor)
    assert lines[-1].end == dates.low_at
    assert lines[-1].left_ml == 2
    assert sum(one.used_ml for one in lines) == 18
    assert all(
        one.used_ml == one.at_once_ml + one.ml_per_day * one.days for one in lines if one.days
    )


def test_a_raised_dose_makes_two_lines_each_with_its_own_flow():
    history = History((FILL,), (SIX, Programme(AT + 20 * DAY, Mode.SIMPLE, Decimal(690))))

    first, then = account(history, down_to_ml=Decimal(2))

    assert (first.ml_per_day, first.days, first.left_ml) == (Fraction(3, 10), 20, 14)
    assert then.ml_per_day == Fraction(345, 1000)
    assert 34 < then.days < 35  # DOMAIN W27: 34.78 days


def test_a_pump_that_is_stopped_for_good_has_a_last_line_without_an_end():
    stopped = Programme(AT + 5 * DAY, Mode.STOPPED)

    *_, last = account(History((FILL,), (SIX, stopped)), down_to_ml=Decimal(2))

    assert (last.end, last.days, last.left_ml) == (None, None, None)
    assert last.ml_per_day == 0


def test_no_line_counts_boluses_that_nobody_asked_to_count():
    with_boluses = HISTORIES["patient boluses"]

    (line,) = account(with_boluses, down_to_ml=Decimal(2), use=BolusUse.NONE)

    assert line.ml_per_day == Fraction(3, 10)


def test_a_fill_under_the_alarm_volume_has_no_line():
    assert account(HISTORIES["one dose"], down_to_ml=Decimal(20)) == ()
