"""What the other drugs of a mixture do when the primary one sets another flow."""

from fractions import Fraction

import pytest

from tracker.domain.doses import DoseChange, DrugDose, changed_secondaries, compared


def mixture(morphine, bupivacaine):
    return (
        DrugDose("Morphine", "morphine", Fraction(morphine)),
        DrugDose("Bupivacaine", "bupivacaine", Fraction(bupivacaine)),
    )


OLD = mixture(4000, 2000)


@pytest.mark.parametrize(
    ("then", "is_asked"),
    [
        pytest.param(1600, True, id="DOMAIN W38, a fall of 20 %"),
        pytest.param(1800, False, id="exactly 10 %"),
        pytest.param(1799, True, id="just over 10 %"),
        pytest.param(2201, True, id="a rise of just over 10 %"),
        pytest.param(2000, False, id="no change"),
        pytest.param(0, False, id="stopped, which is told as that"),
    ],
)
def test_a_secondary_dose_is_asked_about_when_it_moves_by_more_than_the_limit(then, is_asked):
    found = list(changed_secondaries(OLD, mixture(4000, then)))

    assert bool(found) == is_asked


def test_the_primary_dose_is_no_secondary_one():
    assert list(changed_secondaries(OLD, mixture(8000, 2000))) == []


def test_a_drug_that_comes_and_one_that_goes_are_shown_too():
    clonidine = DrugDose("Clonidine", "clonidine", Fraction(30))

    first, then, gone = compared(OLD, (OLD[0], clonidine))

    assert (first.share, then.share, gone.share) == (0, None, None)
    assert then == DoseChange("Clonidine", "clonidine", None, Fraction(30))
    assert gone == DoseChange("Bupivacaine", "bupivacaine", Fraction(2000), None)
