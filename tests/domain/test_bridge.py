"""The programmer's bridge bolus beside ours."""

from decimal import Decimal

import pytest

from tracker.domain.bridge import about_bridge, reckon_bridge

OURS = reckon_bridge(Decimal("0.3948"), Decimal(500), Decimal(300))  # DOMAIN W32: 15.792 h


@pytest.mark.parametrize(
    ("volume", "minutes", "words"),
    [
        pytest.param(None, None, "not compared with the programmer's", id="not compared"),
        pytest.param("0.395", "947", None, id="the programmer's rounding"),
        pytest.param("0.41454", "947", None, id="exactly 5 % more"),
        pytest.param("0.41455", "947", "differs from ours by more than 5 %", id="just over"),
        pytest.param("0.48", "947", "differs from ours by more than 5 %", id="longer catheter"),
        pytest.param("0.395", "240", "differs from ours by more than 5 %", id="another dose"),
    ],
)
def test_hazard_h05_the_programmers_bridge_is_compared_with_ours(volume, minutes, words):
    told = (volume and Decimal(volume), minutes and Decimal(minutes))

    said = list(about_bridge(OURS, *told))

    assert len(said) == (words is not None)
    assert all(words in one and "0.395 mL over 15 h 47 min" in one for one in said)


def test_a_bridge_that_cannot_be_reckoned_is_said_not_to_be_compared():
    (said,) = about_bridge(None, Decimal("0.4"), Decimal(947))

    assert "can't be compared" in said
