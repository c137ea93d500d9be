"""Whether two patients may be one: written twice, each is watched by half the records (H14)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Named:
    """What a patient is told apart by."""

    mrn: str
    family_name: str
    given_name: str
    birth_on: date


def plain_name(name: str) -> str:
    """A name without case, accents, blanks and hyphens."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in letters if one.isalpha())


def plain_number(mrn: str) -> str:
    """A number without what groups it and the zeros before it."""
    return re.sub(r"[\W_]", "", mrn).upper().lstrip("0")


def is_alike(one: Named, other: Named) -> bool:
    """True where a number, or a name with or without the birth date, is the same.

    Names may be swapped; with one birth date, one of the two names is enough.
    """
    if plain_number(one.mrn) == plain_number(other.mrn):
        return True
    mine, theirs = (
        {plain_name(each.family_name), plain_name(each.given_name)} for each in (one, other)
    )
    return mine == theirs or (one.birth_on == other.birth_on and bool(mine & theirs))
