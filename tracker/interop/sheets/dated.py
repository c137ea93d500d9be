"""The dates of a row."""

import re
from datetime import date, datetime
from decimal import Decimal

from tracker.interop.sheets.days import NoDay, at_wall, clock_time, parse_day, split_time
from tracker.interop.sheets.grid import Cell, Kind
from tracker.interop.sheets.row_cells import RowCells
from tracker.interop.sheets.workbooks import serial_moment

SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")


def day(cells: RowCells, name: str) -> date | None:
    """A day; a time of day that stands beside it is left away, with an offset it says which."""
    found: date | None = None
    if cells.is_said(name):
        found = cells.attempt(lambda: _day(cells, name))
    return found


def _day(cells: RowCells, name: str) -> date:
    day, wall, after = _moment(cells, name)
    if wall is None or (after not in ("z", "utc") and after[:1] not in ("+", "-")):
        return day
    return at_wall(wall, cells.answers.zone, after).astimezone(cells.answers.zone).date()


def _moment(cells: RowCells, name: str) -> tuple[date, datetime | None, str]:
    """The day, the wall time where one is written, and what stands after it."""
    cell, column = cells.cell(name), cells.layout.column(name)
    is_serial = SERIAL.fullmatch(cell.text) is not None
    if cell.kind is Kind.NUMBER or is_serial:
        cell = _serial(cells, cell)
    if cell.kind is Kind.MOMENT and cell.moment is not None:
        at = cell.moment
        return at.date(), at if at.time() != datetime.min.time() else None, ""
    if cell.kind is not Kind.TEXT:
        raise NoDay(f"{cell.text} is not a date")
    order = _order(cells, column.order if column else None)
    written, clock, after = split_time(cell.text)
    day = parse_day(written, order, cells.answers.spans[name])
    return day, datetime.combine(day, clock_time(clock, after)) if clock else None, after


def _order(cells: RowCells, headed: str | None) -> str | None:
    """What the mapping says, or the heading; where they differ nobody knows."""
    said = cells.answers.order
    if said and headed and said != headed:
        return None
    return said or headed


def _serial(cells: RowCells, cell: Cell) -> Cell:
    epoch = cells.answers.epoch
    plain = cell.number if cell.number is not None else Decimal(cell.text.replace(",", "."))
    if epoch is None:
        raise NoDay(
            f"{cell.text} is a date as a number, and from which day it counts is not known"
        )
    moment = serial_moment(plain, epoch) if 1 <= plain < 110_000 else None
    if moment is None:
        raise NoDay(f"{cell.text} is not a date")
    return Cell(Kind.MOMENT, cell.text, moment=moment)


def refilled(cells: RowCells) -> tuple[date | None, datetime | None]:
    """The day of the refill, and its moment where a time of day is written."""
    if not cells.is_said("refilled_at"):
        name = "refilled_on" if cells.layout.column("refilled_at") is None else "refilled_at"
        if name == "refilled_at" and cells.is_said("refilled_on"):
            name = "refilled_on"
        return (day(cells, name), None) if cells.needed(name) else (None, None)
    return cells.attempt(lambda: _refilled_at(cells)) or (None, None)


def _refilled_at(cells: RowCells) -> tuple[date, datetime | None]:
    cell = cells.cell("refilled_at")
    found = re.fullmatch(
        r"([0-9]{1,2}[:.][0-9]{2})(?:[:.][0-9]{2})?\s*([ap]\.?m\.?|uhr|h)?",
        cell.text.casefold(),
    )
    if found is not None and cells.is_said("refilled_on"):
        day = _moment(cells, "refilled_on")[0]
        local, after = (
            datetime.combine(day, clock_time(found[1], (found[2] or "").replace(".", ""))),
            "",
        )
    else:
        day, wall, after = _moment(cells, "refilled_at")
        if wall is None:
            return day, None
        local = wall
    return day, at_wall(local.replace(microsecond=0), cells.answers.zone, after)
