"""An Excel workbook: what its cells show, as it was last worked out, and never more."""

import io
import re
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from tracker.interop.sheets.bombs import OwnEntities, TooCostly, Weighing
from tracker.interop.sheets.delimited import MOST_ROWS
from tracker.interop.sheets.grid import (
    EMPTY,
    Cell,
    Grid,
    Kind,
    Row,
    UnreadableSheet,
    text_cell,
)

MOST_BYTES = 60_000_000  # unpacked; ours: a sheet of 50,000 rows has less
MOST_PARTS = 2000  # ours
MOST_COLUMNS = 300  # ours
DIGITS = 15  # of a number that a workbook keeps
SHOWN = re.compile(r'(?:"([^"]*)")?([#0,.]+|General)(?:\\(.)|(\s))?(?:"([^"]*)")?')


def open_workbook(content: bytes) -> tuple[Any, Any]:
    """The workbook as it was worked out, and as it was typed. Raises UnreadableSheet."""
    _check_parts(content)
    import openpyxl  # noqa: PLC0415  it takes a third of a second

    try:
        return tuple(
            openpyxl.load_workbook(io.BytesIO(content), data_only=worked_out, keep_links=False)
            for worked_out in (True, False)
        )
    except Exception as problem:  # what a broken part makes it raise is anything at all
        raise UnreadableSheet(
            "The workbook can't be read: open it, save it as .xlsx, and try again."
        ) from problem


def _check_parts(content: bytes) -> None:
    """Refuse before opening what is too large or costly, or declares entities of its own."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > MOST_BYTES:
                raise UnreadableSheet("The workbook is too large unpacked: split it.")
            if any(one.flag_bits & 1 for one in parts):
                raise UnreadableSheet("The workbook is protected by a password: take it off.")
            names = {one.filename for one in parts}
            if "[Content_Types].xml" not in names:
                raise UnreadableSheet("This is a packed file, but no .xlsx workbook.")
            weighing = Weighing()
            for one in parts:
                weighing.weigh(packed.read(one))
    except OwnEntities as problem:
        raise UnreadableSheet(
            "The workbook declares entities of its own, which are not read."
        ) from problem
    except TooCostly as problem:
        raise UnreadableSheet(
            "The workbook has too many cells, or cells that are merged or linked over too much"
            " of the sheet: save only the rows of pumps as CSV."
        ) from problem
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as problem:
        raise UnreadableSheet(
            "The workbook is broken: its parts can't be unpacked."
        ) from problem


def sheet_names(workbook: Any) -> list[str]:
    """The sheets that can be seen and have cells."""
    return [one.title for one in workbook.worksheets if one.sheet_state == "visible"]


def read_sheet(opened: tuple[Any, Any], name: str) -> Grid:
    """The rows of one sheet. Raises UnreadableSheet."""
    workbook, typed = opened
    if name not in workbook.sheetnames or not hasattr(workbook[name], "merged_cells"):
        raise UnreadableSheet(
            f"The workbook has no sheet {name!r}: it has {', '.join(workbook.sheetnames)}."
        )
    sheet, formulas = workbook[name], typed[name]
    cells = {
        place: _cell(one, formulas._cells.get(place), workbook.epoch)
        for place, one in sheet._cells.items()  # those that are there, and not all to its edge
        if place[1] <= MOST_COLUMNS
    }
    _spread_merged(sheet, cells)
    return Grid(tuple(_rows(sheet, cells)), sheet=name, epoch=workbook.epoch)


def _rows(sheet: Any, cells: dict[tuple[int, int], Cell]) -> list[Row]:
    filled = {place: one for place, one in cells.items() if one.kind is not Kind.EMPTY}
    last = max((row for row, _ in filled), default=0)
    width = max((column for _, column in filled), default=0)
    if last > MOST_ROWS:
        raise UnreadableSheet(f"The sheet has over {MOST_ROWS} rows: split it.")
    return [
        Row(
            number,
            tuple(filled.get((number, column), EMPTY) for column in range(1, width + 1)),
            is_hidden=_is_hidden(sheet, number),
            is_struck=_is_struck(sheet, number, width),
        )
        for number in range(1, last + 1)
    ]


def _is_hidden(sheet: Any, number: int) -> bool:
    return number in sheet.row_dimensions and bool(sheet.row_dimensions[number].hidden)


def _is_struck(sheet: Any, number: int, width: int) -> bool:
    """Whether most of what stands in a row is struck through."""
    there = (sheet._cells.get((number, column)) for column in range(1, width + 1))
    struck = [bool(one.font and one.font.strike) for one in there if one and one.value]
    return sum(struck) * 2 > len(struck)


def _spread_merged(sheet: Any, cells: dict[tuple[int, int], Cell]) -> None:
    """A merged cell speaks for each row it covers, in its first column.

    Across columns only the group of a heading may stand for others: see `layout`.
    """
    for area in sheet.merged_cells.ranges:
        top = cells.get((area.min_row, area.min_col))
        if top is None or area.max_row - area.min_row > MOST_ROWS:
            continue
        for row in range(area.min_row, area.max_row + 1):
            cells[row, area.min_col] = top


def merged_across(opened: tuple[Any, Any], name: str, row: int) -> dict[int, int]:
    """For each column (from 0) of a row the column whose merged cell covers it."""
    found = {}
    for area in opened[0][name].merged_cells.ranges:
        if area.min_row <= row <= area.max_row:
            for column in range(area.min_col, min(area.max_col, MOST_COLUMNS) + 1):
                found[column - 1] = area.min_col - 1
    return found


def _cell(cell: Any, typed: Any, epoch: datetime) -> Cell:
    value = cell.value
    if value is None:
        is_formula = typed is not None and typed.data_type == "f"
        return Cell(Kind.UNCALCULATED, _formula(typed)) if is_formula else EMPTY
    if cell.data_type == "e":
        return Cell(Kind.ERROR, str(value))
    if isinstance(value, bool):
        return Cell(Kind.OTHER, str(value).upper())
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    if isinstance(value, datetime | date | time):
        return _moment(value)
    if isinstance(value, str):
        return text_cell(value)
    return Cell(Kind.OTHER, str(value))


def _formula(typed: Any) -> str:
    value = typed.value
    return str(getattr(value, "text", value))[:80]


def _number(value: float, pattern: str) -> Cell:
    number = Decimal(repr(value)) if isinstance(value, int) else Decimal(f"{value:.{DIGITS}g}")
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    found = SHOWN.fullmatch((pattern or "").split(";")[0])
    if found is None:
        return Cell(Kind.NUMBER, plain, number=number)
    before, zeros, escaped, blank, after = found.groups()
    if re.fullmatch("0+", zeros) and number == int(number) and number >= 0:
        plain = plain.zfill(len(zeros))
    shown = f"{before or ''}{plain}{escaped or blank or ''}{after or ''}".strip()
    if before or after:  # the unit stands in the pattern: that is what people read
        return Cell(Kind.TEXT, shown)
    return Cell(Kind.NUMBER, plain, number=number)


def _moment(value: datetime | date | time) -> Cell:
    if isinstance(value, time):
        return Cell(Kind.TEXT, f"{value:%H:%M}")
    at = value if isinstance(value, datetime) else datetime.combine(value, time())
    text = f"{at:%Y-%m-%d}" if at.time() == time() else f"{at:%Y-%m-%d %H:%M}"
    return Cell(Kind.MOMENT, text, moment=at)


def serial_moment(number: Decimal, epoch: datetime) -> datetime | None:
    """The date of a serial number in a workbook's own count; None if it is none."""
    from openpyxl.utils.datetime import from_excel  # noqa: PLC0415

    try:
        found = from_excel(float(number), epoch)
    except (ValueError, OverflowError):
        return None
    return found if isinstance(found, datetime) else None
