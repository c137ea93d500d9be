"""The amounts of a row: volumes, days, months, and the dose."""

import re
from decimal import Decimal

from tracker.domain.errors import TrackerError
from tracker.interop.sheets.amounts import (
    HOURS_A_DAY,
    NO_UNIT,
    TIME_SPANS,
    VOLUME,
    NoAmount,
    OnlyWords,
    checked,
    dose_unit,
    folded,
    read_number,
    split_amount,
)
from tracker.interop.sheets.grid import Kind
from tracker.interop.sheets.row_cells import NAMES, RowCells

MOVE_NO_DATE = ("residual_expected_ml", "residual_actual_ml", "eri_months")


def volume(cells: RowCells, name: str) -> Decimal | None:
    """A volume in mL, which the field is named for."""
    found: Decimal | None = None
    if cells.is_said(name):
        found = _beside(cells, name, VOLUME)
    return found


def span(cells: RowCells, name: str, most: int) -> Decimal | None:
    """A number of days or months."""
    if not cells.is_said(name):
        return None
    found = _beside(cells, name, TIME_SPANS[name])
    if found is not None and found > most:
        cells.reading.refuse(f"{cells.cell(name).text} is too much for {NAMES[name]}")
    return found


def _beside(cells: RowCells, name: str, unit: re.Pattern[str]) -> Decimal | None:
    """The amount; words in the place of one that moves no date are told, and left out."""
    found: Decimal | None = None
    try:
        found = _amount(cells, name, unit)
    except TrackerError as refused:
        reason = refused.message.rstrip(".")
        if isinstance(refused, OnlyWords) and name in MOVE_NO_DATE:
            cells.reading.warn(f"the {NAMES[name]} is left out: {reason}")
        else:
            cells.reading.refuse(reason)
    return found


def _amount(cells: RowCells, name: str, unit: re.Pattern[str]) -> Decimal:
    cell = cells.cell(name)
    if cell.kind is Kind.NUMBER and cell.number is not None:
        if cell.number < 0:
            raise NoAmount(f"{cell.text} is below zero")
        return checked(cell.number, cell.text)
    if cell.kind is not Kind.TEXT:
        raise NoAmount(f"{cell.text} is not an amount, which {NAMES[name]} has to be")
    number, after = split_amount(cell.text)
    if after and not unit.fullmatch(folded(after)):
        raise OnlyWords(f"{cell.text} is not an amount for {NAMES[name]}")
    return checked(read_number(number, cells.answers.mark), cell.text)


def dose(cells: RowCells) -> Decimal | None:
    """The dose in mcg a day; one that names no time is read as a day's, and marked as open."""
    found: Decimal | None = None
    if cells.needed("dose"):
        found = cells.attempt(lambda: _dose(cells))
    return found


def _dose(cells: RowCells) -> Decimal:
    cell, said = cells.cell("dose"), cells.answers.dose
    amount, unit = cell.number, NO_UNIT
    if cell.kind is Kind.TEXT:
        number, after = split_amount(cell.text)
        amount = read_number(number, cells.answers.mark)
        found = dose_unit(after) if after else NO_UNIT
        if found is None:
            raise NoAmount(f"{cell.text} has no unit of dose that is known")
        unit = found
    elif cell.kind is not Kind.NUMBER or amount is None:
        raise NoAmount(f"{cell.text} is not a dose")
    if unit.hours and said.hours and unit.hours != said.hours:
        raise NoAmount(f"{cell.text} stands under a heading of another time")
    factor, hours = unit.factor or said.factor, unit.hours or said.hours
    if factor is None:
        raise NoAmount(f"{cell.text} has no unit of dose")
    if amount == 0:
        raise NoAmount("a dose of 0 is a pump that gives nothing: is it stopped?")
    if amount < 0:
        raise NoAmount(f"{cell.text} is below zero")
    if hours is None:
        cells.reading.open_dose = cell.text
    return checked(amount * factor * (HOURS_A_DAY // (hours or HOURS_A_DAY)), cell.text)
