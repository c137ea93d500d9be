"""What a programme gives of each drug of a fill, and how that changes with the fill.

The primary drug's dose sets the flow, and the flow carries the others along: a stronger primary
drug at the same dose takes the others down (DOMAIN W38).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tracker.domain.infusion import daily_dose_mcg
from tracker.domain.records import Programme

NOTICEABLE = Fraction(1, 100)  # of a secondary dose; a proposal [P] for clinics to confirm


@dataclass(frozen=True, slots=True)
class Component:
    """One drug of a fill; the first is the primary one."""

    name: str
    code: str
    concentration_mcg_per_ml: Decimal


@dataclass(frozen=True, slots=True)
class DrugDose:
    """What is given of one drug in 24 hours, without patient boluses."""

    name: str
    code: str
    mcg_per_day: Fraction


def daily_flow(programme: Programme, primary_mcg_per_ml: Decimal) -> Fraction | None:
    """The programmed mL per 24 hours at this concentration; None where it holds no drug."""
    dose = daily_dose_mcg(programme)
    if dose is None:
        return Fraction(programme.flow_ml_per_day or 0)
    return dose / Fraction(primary_mcg_per_ml) if primary_mcg_per_ml else None


def doses(programme: Programme | None, drugs: Sequence[Component]) -> tuple[DrugDose, ...]:
    """What is given of every drug of a fill; none where there is no programme or no drug."""
    if programme is None or not drugs:
        return ()
    flow = daily_flow(programme, drugs[0].concentration_mcg_per_ml)
    if flow is None:
        return ()
    return tuple(
        DrugDose(one.name, one.code, flow * Fraction(one.concentration_mcg_per_ml))
        for one in drugs
    )


def secondary_doses(doses: Sequence[DrugDose]) -> dict[str, DrugDose]:
    """All but the primary drug's, by code."""
    return {one.code: one for one in doses[1:]}


def changed_secondaries(
    old: Sequence[DrugDose], new: Sequence[DrugDose]
) -> Iterator[tuple[DrugDose, DrugDose]]:
    """Each secondary drug of both whose dose changes by more than 1 %: before, and then."""
    before, then = secondary_doses(old), secondary_doses(new)
    for code in (one for one in before if one in then):
        given, given_then = before[code].mcg_per_day, then[code].mcg_per_day
        if given and abs(given_then / given - 1) > NOTICEABLE:
            yield before[code], then[code]
