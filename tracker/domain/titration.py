"""The doses of a patient over time, to the microgram, and by how much each one changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from tracker.domain.doses import DrugDose

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Given:
    """What is given from an instant on, of every drug."""

    at: datetime
    where: str  # the pump, by its serial number
    doses: tuple[DrugDose, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history: a drug's dose from an instant on.

    `percent` is against the dose of this drug before; None where it was not given before.
    """

    at: datetime
    where: str
    drug: str
    mcg_per_day: Fraction
    percent: Fraction | None


def changes(given: Iterable[Given]) -> list[Change]:
    """Each change of a dose, oldest first; what only goes on is left out.

    Each pump is held against itself. A drug that it gives no more is told with 0 mcg/day.
    """
    last: dict[str, dict[str, Fraction]] = {}
    found: list[Change] = []
    for one in sorted(given, key=lambda one: one.at):
        before = last.setdefault(one.where, {})
        now = {dose.name: Fraction(dose.mcg_per_day) for dose in one.doses}
        for name in dict.fromkeys((*now, *before)):
            amount, was = now.get(name, Fraction(0)), before.get(name)
            if amount != was:
                percent = (amount - was) / was * PERCENT if was else None
                found.append(Change(one.at, one.where, name, amount, percent))
                before[name] = amount
    return found
