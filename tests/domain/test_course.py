"""The level over time: few points, and never more shown than there is."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.domain.values import (
    FILLED,
    a_bolus,
    a_dose,
    a_fill,
    a_flow,
    a_history,
    after,
    stopped,
)
from tracker.domain.course import as_kept, course, from_kept, level_on
from tracker.domain.errors import NoFill, NoProgramme
from tracker.domain.infusion import BolusUse, Mode, PatientBolus, Programme, Step
from tracker.domain.reservoir import volume_at


def points(*records):
    return course(a_history(*records), alarm_volume_ml=Decimal(2))


def test_a_steady_flow_is_three_points():
    assert points(a_fill("20"), a_flow("0.5")) == (
        (FILLED, 20),
        (after(days=36), 2),
        (after(days=40), 0),
    )


def test_each_change_is_a_point():
    found = points(a_fill("20"), a_flow("0.5"), a_flow("1", at=after(days=10)))
    assert found == (
        (FILLED, 20),
        (after(days=10), 15),
        (after(days=23), 2),
        (after(days=25), 0),
    )


def test_a_stopped_pump_stays_where_it_is():
    found = points(a_fill("20"), a_flow("0.5"), stopped(after(days=10)))
    assert level_on(found, now=after(days=500)) == 15


def test_what_leaves_at_once_is_a_step_down():
    found = points(a_fill("20"), a_flow("0.5"), a_bolus(after(days=10), "1"))
    assert level_on(found, now=after(days=10) - timedelta(seconds=1)) == 15
    assert level_on(found, now=after(days=10)) == 14


def test_a_change_after_the_reservoir_is_empty_is_no_point():
    found = points(a_fill("20"), a_flow("0.5"), a_flow("1", at=after(days=90)))
    assert found[-1] == (after(days=40), 0)


def test_a_level_is_rounded_down_and_unknown_before_the_fill():
    found = points(a_fill("20"), a_flow("0.5"))
    assert level_on(found, now=after(days=1, hours=1)) == Decimal("19.4")
    assert level_on(found, now=after(days=400)) == 0
    assert level_on(found, now=after(days=-1)) is None
    assert level_on((), now=after(days=1)) is None


@pytest.mark.parametrize("days", [0, 3, 9.5, 12, 20, 30, 44])
def test_it_agrees_with_the_exact_level(days):
    patient = PatientBolus(Decimal(250), 4, Decimal(2))
    history = a_history(
        a_fill(),
        a_flow("0.25", patient=patient),
        a_dose("400", at=after(days=9)),
        a_bolus(after(days=12), "0.4", suspends=True, hours=60),
        Programme(
            after(days=20), Mode.FLEX, steps=(Step(0, Decimal(10)), Step(720, Decimal(30)))
        ),
    )
    at = after(days=days)
    exact = volume_at(history, at, use=BolusUse.AVERAGE)
    shown = level_on(course(history, alarm_volume_ml=Decimal(2)), now=at)
    assert abs(exact - Fraction(shown)) <= Fraction(2, 10)


def test_points_are_kept_as_text_to_a_millionth():
    found = points(a_fill("20"), a_flow("0.3"), a_flow("0.7", at=after(days=1, hours=1)))
    again = from_kept(as_kept(found))
    assert [at for at, _ in again] == [at for at, _ in found]
    for (_, kept), (_, exact) in zip(again, found, strict=True):
        assert 0 <= exact - kept < Fraction(1, 10**6)
    assert from_kept(None) == ()


def test_without_fill_or_programme_there_is_no_course():
    with pytest.raises(NoFill):
        points(a_flow("0.5"))
    with pytest.raises(NoProgramme):
        points(a_fill())
