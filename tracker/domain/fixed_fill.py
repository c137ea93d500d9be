"""What a pump of fixed flow is filled with: the dose follows from flow and concentration.

Running time = capacity / flow; drug = daily dose x running time; what is not stock is saline.
Source: S:52 (Archimedes), DOMAIN 4.1, W42.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tracker.domain.errors import OutOfRange

PRIME_ML = 3  # S:52: so much more is prepared to prime the refill set


@dataclass(frozen=True, slots=True)
class FixedFill:
    """A fill for a daily dose: what goes into the reservoir, and what is prepared for it."""

    days: Fraction
    drug_mcg: Fraction
    concentration_mcg_per_ml: Fraction
    stock_ml: Fraction
    saline_ml: Fraction
    prepared_ml: Fraction
    prepared_stock_ml: Fraction

    @property
    def prepared_saline_ml(self) -> Fraction:
        return self.prepared_ml - self.prepared_stock_ml


def fixed_fill(
    *,
    capacity_ml: Decimal,
    flow_ml_per_day: Decimal,
    dose_mcg_per_day: Decimal,
    stock_mcg_per_ml: Decimal,
) -> FixedFill:
    """The fill; refused where the stock is weaker than the solution that is needed."""
    capacity = Fraction(capacity_ml)
    days = capacity / Fraction(flow_ml_per_day)
    drug = Fraction(dose_mcg_per_day) * days
    stock = drug / Fraction(stock_mcg_per_ml)
    if stock > capacity:
        raise OutOfRange(
            "This stock is too weak: undiluted it gives less than the dose at the pump's flow.",
            field="stock_mcg_per_ml",
        )
    prepared = capacity + PRIME_ML
    return FixedFill(
        days=days,
        drug_mcg=drug,
        concentration_mcg_per_ml=drug / capacity,
        stock_ml=stock,
        saline_ml=capacity - stock,
        prepared_ml=prepared,
        prepared_stock_ml=stock * prepared / capacity,
    )
