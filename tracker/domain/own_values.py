"""A clinic's own value beside the maker's: which may be set, how far, and what is safer.

The maker's value stays as it is. Where it is a hard end (a battery that shuts the pump off, a
drug that ages), a clinic may only shorten it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from tracker.domain.catalogue import DrugEntry, PumpEntry
from tracker.domain.errors import TrackerError
from tracker.domain.sourced import Entry, Fact

Kind = TypeVar("Kind", PumpEntry, DrugEntry)


class NotAValue(TrackerError):
    """A value that a clinic can't set so."""

    code = "not_a_value"


@dataclass(frozen=True, slots=True)
class Settable:
    """One value that a clinic may set. The ends are ours, against a slip of the finger."""

    name: str
    lowest: Decimal
    highest: Decimal
    earlier_when: str  # "more", "less", or "" where no date hangs on it
    only_shorter: bool = False  # never beyond the maker's
    unknown: Decimal | None = None  # what is reckoned with where nobody knows it


def _days(name: str) -> Settable:
    return Settable(name, Decimal(1), Decimal(400), "less", only_shorter=True)


PUMP_VALUES = {
    one.name: one
    for one in (
        Settable("accuracy", Decimal("0.01"), Decimal("0.5"), "more"),
        # S:4, S:5: the pump shuts itself off, whatever a clinic thinks
        Settable(
            "service_life_months", Decimal(12), Decimal(240), "less",
            only_shorter=True, unknown=Decimal("Infinity"),
        ),
        Settable("low_reservoir_alarm_ml", Decimal("0.5"), Decimal(10), "more"),
        Settable("unusable_residual_ml", Decimal(0), Decimal(5), "more", unknown=Decimal(0)),
        Settable("pump_tubing_ml", Decimal("0.01"), Decimal(2), ""),
    )
}  # fmt: skip
DRUG_VALUES = {
    one.name: one
    for one in map(_days, ("drug_limit_days", "diluted_limit_days", "first_fill_limit_days"))
}


def check_value(entry: Entry, settable: Settable, value: Decimal) -> None:
    """Refuse what lies outside what anybody can mean, and what is longer than the maker's."""
    if not settable.lowest <= value <= settable.highest:
        raise NotAValue(
            f"Give a value from {settable.lowest:f} to {settable.highest:f}.", field="value"
        )
    makers = entry.number(settable.name)
    if not settable.only_shorter:
        return
    if makers is None and isinstance(entry, DrugEntry):
        raise NotAValue(
            "No limit of this drug is known: the pharmacist gives it at each fill.",
            field="value",
        )
    if makers is not None and value > makers:
        raise NotAValue(
            f"The maker's value is {makers:f}: a clinic may only shorten it.", field="value"
        )


def is_never_later(
    settable: Settable, makers: Decimal | None, before: Decimal | None, after: Decimal | None
) -> bool:
    """Whether no date could become later by going from one own value, or none, to another.

    Where nobody knows the maker's value and nothing stands in for it, that can't be said.
    """
    was, would_be = (
        next((one for one in (own, makers, settable.unknown) if one is not None), None)
        for own in (before, after)
    )
    if not settable.earlier_when:
        return True
    if was is None or would_be is None:
        return False
    return would_be >= was if settable.earlier_when == "more" else would_be <= was


def overlaid(entry: Kind, own: Iterable[tuple[str, Fact]]) -> Kind:
    """The entry as the clinic reckons with it."""
    facts = dict(entry.facts) | dict(own)
    return replace(entry, facts=facts)
