"""What a pump of fixed flow is filled with (DOMAIN W42)."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tracker.domain.errors import OutOfRange
from tracker.domain.fixed_fill import fixed_fill

W42 = {
    "capacity_ml": Decimal(20),
    "flow_ml_per_day": Decimal("0.5"),
    "dose_mcg_per_day": Decimal(2000),
    "stock_mcg_per_ml": Decimal(25000),
}


def test_the_fill_follows_from_capacity_flow_dose_and_stock():
    found = fixed_fill(**W42)

    assert (found.days, found.drug_mcg) == (40, 80_000)
    assert (found.stock_ml, found.saline_ml) == (Fraction(16, 5), Fraction(84, 5))
    assert found.concentration_mcg_per_ml == 4000
    assert found.prepared_ml == 23
    assert found.prepared_stock_ml / found.prepared_ml == found.stock_ml / 20


def test_a_stock_that_is_too_weak_is_refused_and_the_exact_one_is_not():
    exact = fixed_fill(**{**W42, "stock_mcg_per_ml": Decimal(4000)})
    assert exact.saline_ml == 0

    with pytest.raises(OutOfRange, match="too weak"):
        fixed_fill(**{**W42, "stock_mcg_per_ml": Decimal(3999)})
