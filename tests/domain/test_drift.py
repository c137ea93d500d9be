"""A pump that runs fast or slow is named; one that only varies is not."""

from fractions import Fraction
from itertools import permutations
from math import factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.domain.drift import RARE, SHIFT, Lean, drifts, median, sign_chance, trend_chance


def ratios(*percents):
    return [Fraction(str(one)) / 100 for one in percents]


@pytest.mark.parametrize(
    ("percents", "leans"),
    [
        pytest.param((), [], id="nothing"),
        pytest.param((104,) * 5, [], id="five on one side are 1 in 16, too many"),
        pytest.param((104, 103, 105, 104, 103, 106), [Lean.FAST], id="six are 1 in 32"),
        pytest.param((96, 97, 95, 96, 97, 94), [Lean.SLOW], id="slow"),
        pytest.param((101, 102, 101, 102, 101, 102), [], id="no more than all pumps give"),
        pytest.param((104, 96, 105, 95, 103, 97, 104, 96), [], id="to and fro"),
        pytest.param((97, 99, 100, 102, 104), [Lean.FASTER], id="five that rise are 1 in 60"),
        pytest.param((104, 102, 100, 99, 97), [Lean.SLOWER], id="five that fall"),
        pytest.param((100, 100, 100, 100, 106), [], id="ties speak against a trend"),
        pytest.param((99, 100, 101, 100.5, 101), [], id="a rise too small to matter"),
        pytest.param(
            (103, 104, 105, 106, 107, 108), [Lean.FAST, Lean.FASTER], id="both can be so"
        ),
        pytest.param((110,) * 6 + (100,) * 12, [], id="what was long ago is let go of"),
    ],
)
def test_hazard_h12_a_pump_that_leans_is_named(percents, leans):
    assert [one.lean for one in drifts(ratios(*percents))] == leans


def test_the_chances_are_those_of_counting_every_case():
    assert sign_chance(6, 0) == Fraction(2, 64)
    assert sign_chance(5, 1) == Fraction(14, 64)
    assert sign_chance(3, 3) == sign_chance(0, 0) == 1
    for number in range(2, 6):
        orders = [
            sum(b < a for place, a in enumerate(order) for b in order[place + 1 :])
            for order in permutations(range(number))
        ]
        for against in range(number):
            rare = sum(turned <= against for turned in orders)
            assert trend_chance(number, against) == min(
                1, Fraction(2 * rare, factorial(number))
            )


def test_a_median_is_the_middle_or_between_the_two():
    assert median(ratios(3, 1, 2)) == Fraction(2, 100)
    assert median(ratios(4, 1, 2, 3)) == Fraction(5, 200)


@settings(max_examples=40)
@given(st.lists(st.fractions(Fraction(1, 2), Fraction(3, 2), max_denominator=50), max_size=14))
def test_what_is_found_is_rare_large_and_the_same_seen_in_a_mirror(found):
    seen = drifts(found)
    mirrored = drifts([2 - one for one in found])

    assert [one.shift for one in seen] == [-one.shift for one in mirrored]
    for one in seen:
        assert one.chance <= RARE
        size = one.shift if one.lean in (Lean.FAST, Lean.SLOW) else one.shift * one.refills
        assert abs(size) >= SHIFT
