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

# Ours [P], for clinics to confirm: DOMAIN W38 flags a fall of 20 %, and half of that is asked
# about before it is saved. Every change is shown.
SECONDARY_LIMIT = Fraction(1, 10)


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


@dataclass(frozen=True, slots=True)
class DoseChange:
    """What is given of one drug before and then; None where it is not in the pump."""

    name: str
    code: str
    before: Fraction | None
    then: Fraction | None

    @property
    def share(self) -> Fraction | None:
        """By how much of what was given before it changes; None where that can't be said."""
        if not self.before or self.then is None:
            return None
        return self.then / self.before - 1


def compared(old: Sequence[DrugDose], new: Sequence[DrugDose]) -> tuple[DoseChange, ...]:
    """Every drug of the new fill, the primary one first, then those that are in it no more."""
    before = {one.code: one for one in old}
    then = {one.code: one for one in new}
    return tuple(
        DoseChange(
            (then.get(code) or before[code]).name,
            code,
            before[code].mcg_per_day if code in before else None,
            then[code].mcg_per_day if code in then else None,
        )
        for code in (*then, *(one for one in before if one not in then))
    )


def changed_secondaries(
    old: Sequence[DrugDose], new: Sequence[DrugDose]
) -> Iterator[DoseChange]:
    """Each secondary drug of both whose dose changes by more than the limit.

    A pump that gives nothing any more is told as stopped, and not drug by drug.
    """
    secondary = {one.code for one in old[1:]} & {one.code for one in new[1:]}
    for one in compared(old, new):
        share = one.share or Fraction(0)
        if one.code in secondary and one.then and abs(share) > SECONDARY_LIMIT:
            yield one
