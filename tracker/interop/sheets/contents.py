"""What a solution in a pump is made of: drugs and concentrations, in one cell or in two."""

import re
from collections.abc import Iterator
from decimal import Decimal

from tracker.domain.catalogue import Catalogue
from tracker.domain.catalogue.entries import DrugEntry
from tracker.interop.sheets.amounts import (
    NO_UNIT,
    NoAmount,
    Unit,
    checked,
    folded,
    read_number,
    split_amount,
    strength_unit,
)
from tracker.interop.sheets.grid import Cell, Kind
from tracker.interop.sheets.naming import find_drug
from tracker.interop.sheets.records import SheetDrug

BETWEEN = re.compile(
    r"\s*(?:\+|&|;|\n|\bund\b|\band\b|\bwith\b|\bmit\b|,(?=\s*[^\W\d])"
    r"|(?<=ml|cc)\)?\s*/(?=\s*[^\W\d]{3}))\s*",
    re.IGNORECASE,
)
TWO_NUMBERS = re.compile(r"[0-9.,]+\s*(?:ml|cc)?\s*/\s*[0-9.,]+\s*(?:\D.*)?", re.IGNORECASE)


def concentration(cell: Cell, said: Unit, mark: str | None) -> Decimal:
    """A concentration in mcg/mL; `said` is the unit of heading or mapping. Raises NoAmount."""
    if cell.kind is Kind.NUMBER and cell.number is not None:
        return _positive(_times(cell.number, said, cell.text), cell.text)
    if cell.kind is not Kind.TEXT:
        raise NoAmount(f"{cell.text} is not a concentration")
    if TWO_NUMBERS.fullmatch(folded(cell.text)):
        raise NoAmount(
            f"{cell.text} is two amounts: give the concentration alone, with its unit"
        )
    number, after = split_amount(cell.text)
    amount = read_number(number, mark)
    if not after:
        return _positive(_times(amount, said, cell.text), cell.text)
    unit = strength_unit(after, mark)
    if unit is None:
        raise NoAmount(f"{cell.text} has no unit of concentration that is known")
    return _positive(_times(amount, unit, cell.text), cell.text)


def _times(amount: Decimal, unit: Unit, text: str) -> Decimal:
    if unit.factor is None:
        raise NoAmount(f"{text} has no unit of concentration")
    return checked(amount * unit.factor, text)


def _positive(amount: Decimal, text: str) -> Decimal:
    if amount <= 0:
        raise NoAmount(f"a concentration of {text} is none")
    return amount


def drugs_of(
    solution: Cell,
    drug: Cell,
    strength: Cell,
    said: Unit,
    mark: str | None,
    catalogue: Catalogue,
) -> tuple[SheetDrug, ...]:
    """The drugs of a fill, the first one primary. Raises NoAmount."""
    if solution.kind is Kind.TEXT:
        return _once(_solution(solution.text, said, mark, catalogue))
    if re.search(r"[0-9]", drug.text) and strength.kind is Kind.EMPTY:
        return _once(_solution(drug.text, said, mark, catalogue))
    names = [one for one in BETWEEN.split(_single(drug.text)) if one]
    if len(names) == 1:
        return (
            SheetDrug(
                drug.text, _known(drug.text, catalogue), concentration(strength, said, mark)
            ),
        )
    parts = [one for one in re.split(r"\s*[+&;\n]\s*", _single(strength.text)) if one]
    if len(parts) != len(names):
        raise NoAmount(
            f"{drug.text} are {len(names)} drugs, and {strength.text} is not as many"
            " concentrations"
        )
    return _once(
        SheetDrug(
            name, _known(name, catalogue), concentration(Cell(Kind.TEXT, part), said, mark)
        )
        for name, part in zip(names, parts, strict=True)
    )


def _once(drugs: Iterator[SheetDrug]) -> tuple[SheetDrug, ...]:
    found = tuple(drugs)
    codes = [one.entry.code for one in found]
    if len(set(codes)) < len(codes):
        raise NoAmount("one drug stands in the solution twice")
    return found


def _solution(
    text: str, said: Unit, mark: str | None, catalogue: Catalogue
) -> Iterator[SheetDrug]:
    for part in BETWEEN.split(_single(text)):
        name, amount = _apart(part)
        if not name or not amount:
            raise NoAmount(f"{part or text} is not a drug with its concentration")
        cell = Cell(Kind.TEXT, amount)
        unit = said if said.factor is not None else NO_UNIT
        yield SheetDrug(name, _known(name, catalogue), concentration(cell, unit, mark))


def _single(text: str) -> str:
    """The text with one blank for several: some patterns go over them again and again."""
    return re.sub(r"[^\S\n]+", " ", text)


def _apart(part: str) -> tuple[str, str]:
    """A drug and its concentration, whichever stands first."""
    plain = " ".join(part.split()).strip(" ()")
    after = re.fullmatch(r"([^\W\d][^0-9]*?)[\s:(=@]*([0-9.,].*?)\)?", plain)
    if after is not None:
        return after[1].strip(" ,-"), after[2]
    before = re.fullmatch(
        r"([0-9.,' ]+\s*\S*\s*(?:/|per)\s*[0-9]*\s*(?:ml|cc))\s+([^\W\d].*)",
        plain,
        re.IGNORECASE,
    )
    return (before[2], before[1]) if before else ("", "")


def _known(name: str, catalogue: Catalogue) -> DrugEntry:
    found = find_drug(name, catalogue)
    if found is None:
        raise NoAmount(f"{name[:60]} is not a drug that is known here")
    return found
