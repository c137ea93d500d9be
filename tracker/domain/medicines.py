"""What is known of the medicines that a patient takes by mouth.

An oral dose that nobody had written down has caused a published withdrawal (S:66): so "takes
none" and "was never asked" are two things, and are never shown alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tracker.domain.units import format_number

MCG_PER_MG = 1000


class MedicineKind(StrEnum):
    BACLOFEN = "baclofen"
    SPASTICITY = "spasticity"  # another one against spasticity
    OPIOID = "opioid"
    OTHER = "other"
    NONE = "none"  # was asked, and takes nothing of the kind


@dataclass(frozen=True, slots=True)
class Taken:
    """One row in force: a medicine from a day on, or that nothing was taken on that day."""

    kind: MedicineKind
    since_on: date
    until_on: date | None = None

    def is_taken(self, on: date) -> bool:
        """Whether it is taken on that day; the last day counts."""
        return self.kind is not MedicineKind.NONE and (
            self.until_on is None or on <= self.until_on
        )


def dose_words(dose_mcg: Decimal | None, times_a_day: Decimal | None) -> str:
    """20 mg, 3 times a day: the dose at one time, in mg from 1 mg on."""
    if dose_mcg is None:
        return ""
    is_mg = dose_mcg >= MCG_PER_MG
    amount = f"{format_number(dose_mcg / MCG_PER_MG if is_mg else dose_mcg)}"
    often = (
        "as needed"
        if times_a_day is None
        else "once a day"
        if times_a_day == 1
        else f"{format_number(times_a_day)} times a day"
    )
    return f"{amount} {'mg' if is_mg else 'mcg'}, {often}"


def asked_and_none(rows: Iterable[Taken], *, today: date) -> date | None:
    """The day on which the patient was last asked and took nothing; None if that can't be said.

    What is taken today contradicts it. What was begun after that day, and has ended since, does
    not bring it back: they were not asked again.
    """
    known = list(rows)
    if any(one.is_taken(today) for one in known):
        return None
    asked = max((one.since_on for one in known if one.kind is MedicineKind.NONE), default=None)
    begun = [one.since_on for one in known if one.kind is not MedicineKind.NONE]
    return None if asked is None or any(day > asked for day in begun) else asked
