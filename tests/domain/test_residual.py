"""Discrepancies are graded, never praised; the pump's own history narrows the band."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tracker.domain.errors import NegativeQuantity
from tracker.domain.residual import (
    Emptying,
    FlowBand,
    Grade,
    LearnedFrom,
    accuracy_ratios,
    compare,
    flow_band,
    learned_band,
    unsettled,
)


@pytest.mark.parametrize(
    ("filled", "expected", "measured", "grade"),
    [
        pytest.param("20", "10", "11.0", Grade.WITHIN, id="exactly 1 mL and 10 %"),
        pytest.param("20", "10", "11.01", Grade.AMBER, id="a hair more"),
        pytest.param("20", "10", "8.99", Grade.AMBER, id="a hair less"),
        pytest.param("40", "20", "21.9", Grade.WITHIN, id="within 10 % of much"),
        pytest.param("40", "20", "22.0", Grade.WITHIN, id="exactly 2 mL"),
        pytest.param("40", "20", "22.01", Grade.RED, id="more than 2 mL"),
        pytest.param("20", "10", "11.5", Grade.AMBER, id="exactly 85 %"),
        pytest.param("20", "10", "11.51", Grade.RED, id="under 85 %"),
        pytest.param("20", "10", "8.49", Grade.RED, id="over 115 %"),
        pytest.param("20", "20", "20", Grade.WITHIN, id="nothing programmed"),
        pytest.param("20", "20", "17", Grade.RED, id="nothing programmed, much gone"),
    ],
)
def test_a_discrepancy_is_graded(filled, expected, measured, grade):
    assert compare(Decimal(filled), Decimal(expected), Decimal(measured)).grade is grade


def test_there_is_no_green():
    assert {grade.value for grade in Grade} == {"within", "amber", "red"}


def test_nothing_programmed_has_no_ratio():
    assert compare(Decimal(20), Decimal(20), Decimal(19)).accuracy_ratio is None


def test_a_volume_below_zero_is_refused():
    with pytest.raises(NegativeQuantity):
        compare(Decimal(20), Decimal(5), Decimal("-1"))


def test_ratios_leave_out_what_had_no_flow():
    cycles = [
        Emptying(Decimal(20), Decimal(10), Decimal(9)),
        Emptying(Decimal(20), Decimal(20), Decimal(20)),
    ]
    assert accuracy_ratios(cycles) == (Fraction(11, 10),)


def test_the_label_holds_until_three_refills():
    label = FlowBand(Fraction(1145, 1000), Fraction(855, 1000))
    two = [Fraction(1), Fraction(1)]
    assert flow_band([], label=Decimal("0.145")) == label
    assert flow_band(two, label=Decimal("0.145")) == label
    assert flow_band(two, label=None) is None


def test_three_equal_refills_narrow_the_band_to_five_percent_and_no_further():
    band = flow_band([Fraction(1)] * 3, label=Decimal("0.145"))
    assert band == FlowBand(Fraction(105, 100), Fraction(95, 100))


def test_the_own_history_is_mean_and_two_deviations():
    band = flow_band([Fraction(9, 10), Fraction(1), Fraction(11, 10)], label=None)
    assert band == FlowBand(Fraction(12, 10), Fraction(8, 10))


def test_a_pump_that_always_runs_fast_is_expected_to():
    band = flow_band([Fraction(12, 10)] * 4, label=Decimal("0.05"))
    assert band == FlowBand(Fraction(12, 10), Fraction(95, 100))


def test_a_deviation_is_rounded_up():
    ratios = [Fraction(1), Fraction(1), Fraction(112, 100)]
    band = flow_band(ratios, label=None)
    mean = sum(ratios) / 3
    variance = sum((one - mean) ** 2 for one in ratios) / 2
    spread = (band.fast - mean) / 2
    assert variance <= spread**2 < (spread + Fraction(1, 10**5)) ** 2
    assert (spread - Fraction(1, 10**6)) ** 2 < variance


def test_hazard_h12_other_pumps_of_the_model_widen_the_makers_band_and_never_narrow_it():
    label, true = Decimal("0.145"), [Fraction(1)] * 10
    maker = FlowBand(Fraction(1145, 1000), Fraction(855, 1000))

    assert learned_band([], true[:9], label=label) == (maker, LearnedFrom.MAKER)
    assert learned_band([], true, label=label) == (maker, LearnedFrom.MODEL)
    fast, by = learned_band([], [Fraction(6, 5)] * 10, label=label)
    assert (fast, by) == (FlowBand(Fraction(6, 5), maker.slow), LearnedFrom.MODEL)
    assert learned_band([Fraction(1)] * 3, true, label=label)[1] is LearnedFrom.PUMP
    assert learned_band([], [], label=None) is None


def test_a_discrepancy_is_told_by_what_was_expected_too():
    # S:27: 11.5 mL for 13 mL, within every limit, and the drug was beside the reservoir
    found = compare(Decimal(18), Decimal(13), Decimal("11.5"))

    assert round(found.share_of_expected * 1000) == -115
    assert compare(Decimal(18), Decimal(0), Decimal(1)).share_of_expected is None


@pytest.mark.parametrize(
    ("grades", "assessed", "left"),
    [
        pytest.param([], set(), None, id="nothing measured"),
        pytest.param([Grade.RED], set(), 0, id="red"),
        pytest.param([Grade.RED], {0}, None, id="assessed"),
        pytest.param([Grade.RED, Grade.WITHIN], set(), None, id="the next is inside limits"),
        pytest.param([Grade.RED, None], set(), 0, id="the next was not measured"),
        pytest.param([Grade.RED, Grade.AMBER], set(), 0, id="the next is amber"),
        pytest.param([Grade.RED, Grade.RED], {0}, 1, id="another red"),
        pytest.param([Grade.RED, Grade.RED], {1}, None, id="the newer was assessed"),
        pytest.param([Grade.AMBER], set(), None, id="amber alone"),
    ],
)
def test_a_red_discrepancy_stands_until_it_is_settled(grades, assessed, left):
    assert unsettled(reversed(list(enumerate(grades))), assessed) == left
