"""Takes none, and never asked, are two things."""

from datetime import date
from decimal import Decimal

import pytest

from tracker.domain.medicines import MedicineKind, Taken, asked_and_none, dose_words

TODAY = date(2026, 6, 1)
JAN, MAR, MAY = date(2026, 1, 5), date(2026, 3, 5), date(2026, 5, 5)
NONE = Taken(MedicineKind.NONE, MAR)
BACLOFEN = MedicineKind.BACLOFEN


@pytest.mark.parametrize(
    ("rows", "none_on"),
    [
        pytest.param([], None, id="never asked"),
        pytest.param([NONE], MAR, id="asked, takes none"),
        pytest.param([NONE, Taken(MedicineKind.NONE, MAY)], MAY, id="asked twice"),
        pytest.param([NONE, Taken(BACLOFEN, MAY)], None, id="begun since"),
        pytest.param([NONE, Taken(BACLOFEN, JAN)], None, id="taken all the while"),
        pytest.param([NONE, Taken(BACLOFEN, JAN, MAR)], MAR, id="ended, then asked"),
        pytest.param([NONE, Taken(BACLOFEN, MAY, MAY)], None, id="begun and ended since"),
        pytest.param([Taken(BACLOFEN, JAN, MAR)], None, id="ended, and nobody asked again"),
    ],
)
def test_none_is_said_only_where_somebody_asked_and_nothing_contradicts_it(rows, none_on):
    assert asked_and_none(rows, today=TODAY) == none_on


def test_the_last_day_of_a_medicine_counts():
    assert Taken(BACLOFEN, JAN, TODAY).is_taken(TODAY)
    assert not Taken(BACLOFEN, JAN, MAY).is_taken(TODAY)


@pytest.mark.parametrize(
    ("dose", "times", "words"),
    [
        (Decimal(20000), Decimal(3), "20 mg, 3 times a day"),
        (Decimal(2500), Decimal(1), "2.5 mg, once a day"),
        (Decimal(500), None, "500 mcg, as needed"),
        (None, None, ""),
    ],
)
def test_a_dose_is_said_in_milligrams_from_one_on(dose, times, words):
    assert dose_words(dose, times) == words
