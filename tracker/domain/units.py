"""What people type for a quantity, and the one unit in which each is kept.

mcg, mL, mcg/mL, mL/day, mcg/day, mcg/h. A unit that is missing or not known is refused, never
guessed: ISMP counts mcg for mg and hour for day among the errors that kill (DOMAIN 7.3).
"""

import re
import unicodedata
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction

from tracker.domain.errors import (
    CannotProject,
    MissingUnit,
    NegativeQuantity,
    NotANumber,
    UnknownUnit,
)

LONGEST_NUMBER = 30  # characters; more than any quantity of a pump needs
GROUP = 3  # digits between two marks where a mark parts the thousands
SHOWN_PLACES = 4  # of a number that has no end
KEPT_PLACES = 6  # what the database keeps, in a kind's own unit
LARGEST = Decimal(10**12)


class Quantity(StrEnum):
    """A kind of quantity, by its canonical unit."""

    MASS = "mcg"
    VOLUME = "mL"
    CONCENTRATION = "mcg/mL"
    FLOW = "mL/day"
    DOSE = "mcg/day"
    HOURLY_RATE = "mcg/h"


_MCG, _MG, _G = Decimal(1), Decimal(1000), Decimal(1_000_000)
_DAY, _HOUR = Decimal(1), Decimal(24)
_MASSES = {
    **dict.fromkeys(("mcg", "μg", "ug", "microgram", "micrograms"), _MCG),
    **dict.fromkeys(("mg", "milligram", "milligrams"), _MG),
    **dict.fromkeys(("g", "gram", "grams"), _G),
}
_VOLUMES = {
    **dict.fromkeys(("ml", "cc", "millilitre", "millilitres"), Decimal(1)),
    **dict.fromkeys(("milliliter", "milliliters"), Decimal(1)),
    **dict.fromkeys(("μl", "ul", "mcl"), Decimal("0.001")),
}
_DAYS = ("day", "days", "d", "24h", "24hr", "24hrs", "24hours")
_HOURS = ("h", "hr", "hrs", "hour", "hours")


def _per(
    above: dict[str, Decimal], below: dict[str, Decimal], *, joints: tuple[str, ...]
) -> dict[str, Decimal]:
    return {
        f"{top}{joint}{bottom}": factor * times
        for top, factor in above.items()
        for bottom, times in below.items()
        for joint in joints
    }


_PER_DAY = {**dict.fromkeys(_DAYS, _DAY), **dict.fromkeys(_HOURS, _HOUR)}
_JOINTS = ("/", "per")
UNITS: dict[Quantity, dict[str, Decimal]] = {
    Quantity.MASS: _MASSES,
    Quantity.VOLUME: _VOLUMES,
    Quantity.CONCENTRATION: _per(
        _MASSES, {name: 1 / factor for name, factor in _VOLUMES.items()}, joints=_JOINTS
    ),
    Quantity.FLOW: _per(_VOLUMES, _PER_DAY, joints=_JOINTS),
    Quantity.DOSE: _per(_MASSES, _PER_DAY, joints=_JOINTS),
    Quantity.HOURLY_RATE: _per(_MASSES, dict.fromkeys(_HOURS, _DAY), joints=_JOINTS),
}


def parse_decimal(text: str, *, decimal_mark: str = ".", field: str | None = None) -> Decimal:
    """The number that was typed, exactly. Raises NotANumber for what reads two ways.

    `check_kept` says whether a number that stands for itself can be kept.
    """
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    mark = re.escape(decimal_mark)
    if len(plain) <= LONGEST_NUMBER and re.fullmatch(
        rf"[+-]?(?:[0-9]+(?:{mark}[0-9]+)?|{mark}[0-9]+)", plain
    ):
        return Decimal(plain.replace(decimal_mark, "."))
    alone = re.fullmatch(r"([+-]?[0-9]+)[.,]([0-9]+)", plain)
    if alone is not None:
        parts = alone.groups()
        whole = f", or {''.join(parts)}" if len(parts[1]) == GROUP else ""
        raise NotANumber(
            f"“{plain}” can be read in two ways: type {decimal_mark.join(parts)}{whole}.",
            field=field,
        )
    if re.fullmatch(r"[+-]?[0-9]+(?:[.,' \N{NO-BREAK SPACE}][0-9]+)+", plain):
        raise NotANumber(
            f"“{plain}” can be read in two ways: write it without separators, with "
            f"“{decimal_mark}” before the decimals.",
            field=field,
        )
    raise NotANumber(f"“{plain[:40]}” is not a number.", field=field)


def check_kept(value: Decimal, *, field: str | None = None) -> Decimal:
    """The value again, if it can be kept exactly. Raises NotANumber; nothing is rounded."""
    if abs(value) > LARGEST:
        raise NotANumber("This number is too large: please look again.", field=field)
    if round(value, KEPT_PLACES) != value:
        raise NotANumber(
            f"Write at most {KEPT_PLACES} decimal places: a finer number can't be kept.",
            field=field,
        )
    return value


def _plain_unit(unit: str) -> str:
    """One spelling for case, blanks, both micro signs and a trailing full stop."""
    folded = unicodedata.normalize("NFKC", unit).casefold()
    return re.sub(r"\s+", "", folded).rstrip(".")


def _factor(unit: str, kind: Quantity, field: str | None) -> Decimal:
    factor = UNITS[kind].get(_plain_unit(unit))
    if factor is None:
        raise UnknownUnit(
            f"“{unit.strip()[:40]}” is not a unit that is known here; write {kind.value}.",
            field=field,
        )
    return factor


def to_canonical(
    amount: Decimal, unit: str, kind: Quantity, *, field: str | None = None
) -> Decimal:
    """The amount in the kind's own unit, exactly. Raises UnknownUnit."""
    with localcontext(prec=2 * LONGEST_NUMBER):
        return amount * _factor(unit, kind, field)


def parse_quantity(
    text: str,
    kind: Quantity,
    *,
    unit: str | None = None,
    decimal_mark: str = ".",
    field: str | None = None,
) -> Decimal:
    """What was typed, in the kind's own unit; the unit stands in the text or is handed in.

    Raises NotANumber (also where it can't be kept), MissingUnit, UnknownUnit (also where the
    two differ), NegativeQuantity.
    """
    number, typed = _split(text)
    amount = parse_decimal(number, decimal_mark=decimal_mark, field=field)
    if not typed and not (unit or "").strip():
        raise MissingUnit(f"“{text.strip()[:40]}” lacks its unit: {kind.value}?", field=field)
    if typed and unit and _factor(typed, kind, field) != _factor(unit, kind, field):
        raise UnknownUnit(
            f"“{typed}” stands in the field, but {unit} was expected.", field=field
        )
    if amount < 0:
        raise NegativeQuantity("An amount can't be below zero.", field=field)
    return check_kept(to_canonical(amount, typed or unit or "", kind, field=field), field=field)


def _split(text: str) -> tuple[str, str]:
    """The number and the unit of what was typed; all is number where no figure comes first."""
    found = re.match(r"\s*([-+\N{MINUS SIGN}0-9.,'\s]*)(.*)", text, re.DOTALL)
    if found is None or not found[1].strip():
        return text, ""
    return found[1].strip(), found[2].strip()


def format_number(value: Decimal | Fraction | int) -> str:
    """Digits without needless zeros, always one before the mark; a fraction to four places."""
    if isinstance(value, Fraction):
        value = _shown(value)
    text = f"{Decimal(value):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _shown(value: Fraction) -> Decimal:
    """To four places, or to as many as it takes to show that it is not zero."""
    places = SHOWN_PLACES
    while value and places < LONGEST_NUMBER and not round(abs(value) * 10**places):
        places += 1
    return Decimal(round(value * 10**places)).scaleb(-places)


def format_quantity(value: Decimal | Fraction | int, kind: Quantity) -> str:
    """A number with its unit, as it is shown: 2000 mcg/mL."""
    return f"{format_number(value)} {kind.value}"


def flow_ml_per_day(dose_mcg_per_day: Decimal, concentration_mcg_per_ml: Decimal) -> Fraction:
    """The mL of 24 hours: dose by concentration. Source: S:51, S:52."""
    if not concentration_mcg_per_ml:
        raise CannotProject(
            "A dose can't be turned into a flow: the concentration is zero.",
            field="concentration_mcg_per_ml",
        )
    return Fraction(dose_mcg_per_day) / Fraction(concentration_mcg_per_ml)
