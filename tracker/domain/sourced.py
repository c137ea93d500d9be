"""A value with its source, and a named entry of such values.

A value without a source, or without a word on who checked it, is refused wherever it is read:
from the shipped files and from the database alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tracker.domain.errors import UnsourcedConstant

MARKS = {
    "S": "read in the source",
    "D": "derived from the source",
    "K": "general knowledge of the field, not verified",
    "P": "our proposal",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One value, where it comes from, how sure it is, and who or what has checked it."""

    value: str | bool
    source: str
    mark: str
    verified_by: str

    def as_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "source": self.source,
            "mark": self.mark,
            "verified_by": self.verified_by,
        }


def fact_from(place: str, kept: Any) -> Fact:
    """The fact at `place`; UnsourcedConstant, naming the place, if it is no fact."""
    if not isinstance(kept, Mapping):
        raise UnsourcedConstant(f"{place}: a bare value, without source and verified_by.")
    for name in ("source", "verified_by"):
        if not isinstance(kept.get(name), str) or not kept[name].strip():
            raise UnsourcedConstant(f"{place}: {name} is missing.")
    if kept.get("mark") not in MARKS:
        raise UnsourcedConstant(f"{place}: mark must be one of {', '.join(MARKS)}.")
    value = kept.get("value")
    if not isinstance(value, str | bool) or value == "":
        raise UnsourcedConstant(f"{place}: value must be a text or true or false.")
    return Fact(value, kept["source"], kept["mark"], kept["verified_by"])


@dataclass(frozen=True, slots=True)
class Entry:
    """A name with its facts. A fact that nobody knows is absent, never zero."""

    code: str
    name: str
    facts: Mapping[str, Fact]

    def fact(self, name: str) -> Fact | None:
        """The value with its source; None if it is not known."""
        return self.facts.get(name)

    def as_json(self) -> dict[str, Any]:
        """What is stored; `pump_entry` and `drug_entry` read it back."""
        return {
            "code": self.code,
            "name": self.name,
            "facts": {name: fact.as_json() for name, fact in self.facts.items()},
        }

    def text(self, name: str) -> str | None:
        """A fact's words; None if it is not known."""
        fact = self.facts.get(name)
        return None if fact is None else str(fact.value)

    def number(self, name: str) -> Decimal | None:
        """A fact's exact number, in the unit its name ends with; None if it is not known."""
        fact = self.facts.get(name)
        if fact is None:
            return None
        try:
            number = Decimal(fact.value) if isinstance(fact.value, str) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or number < 0:
            raise UnsourcedConstant(f"{self.code}.{name}: {fact.value!r} is not a quantity.")
        return number

    def needed_number(self, name: str) -> Decimal:
        """A fact's exact number where an entry is of no use without it."""
        number = self.number(name)
        if number is None:
            raise UnsourcedConstant(f"{self.code}.{name}: is missing.")
        return number

    def needed_flag(self, name: str) -> bool:
        """A fact that is yes or no."""
        fact = self.facts.get(name)
        if fact is None or not isinstance(fact.value, bool):
            raise UnsourcedConstant(f"{self.code}.{name}: must be true or false.")
        return fact.value
