"""A file from its bytes to the one sheet that is meant, with its columns found."""

from dataclasses import dataclass
from typing import Any

from tracker.interop.sheets.delimited import read_text
from tracker.interop.sheets.grid import Grid, UnreadableSheet
from tracker.interop.sheets.layout import Layout, lay_out
from tracker.interop.sheets.mapping import Mapping
from tracker.interop.sheets.workbooks import (
    merged_across,
    open_workbook,
    read_sheet,
    sheet_names,
)

MOST_BYTES = 20_000_000  # ours: sixty times the largest service known
PACKED, COMPOUND, PORTABLE = b"PK", b"\xd0\xcf\x11\xe0", b"%PDF"


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet with its columns found, before any row is read."""

    grid: Grid
    layout: Layout
    mapping: Mapping

    def as_json(self) -> dict[str, Any]:
        """What was answered and what was proposed, as a mapping that can be given back."""
        said = {
            "sheet": self.grid.sheet,
            "encoding": self.grid.encoding,
            "delimiter": self.grid.delimiter,
            "heading_rows": list(self.layout.heading_rows),
            "first_data_row": self.layout.first_data_row,
            "timezone": self.mapping.timezone and self.mapping.timezone.key,
            "date_order": self.mapping.date_order,
            "decimal_mark": self.mapping.decimal_mark,
            "columns": {one.heading: one.field for one in self.layout.columns},
            "units": self.mapping.units,
        }
        return {name: value for name, value in said.items() if value not in (None, {})}


def open_sheet(content: bytes, mapping: Mapping) -> Opened:
    """The one sheet that is meant, and its columns. Raises UnreadableSheet."""
    if len(content) > MOST_BYTES:
        raise UnreadableSheet(
            f"The file is larger than {MOST_BYTES // 1_000_000} MB: split it."
        )
    if not content.strip(b" \t\r\n\0"):
        raise UnreadableSheet("The file is empty.")
    if content.startswith(PORTABLE):
        raise UnreadableSheet("This is a PDF: save the sheet as CSV or .xlsx.")
    if content.startswith(COMPOUND):
        raise UnreadableSheet(
            "This workbook is of the old kind (.xls) or protected by a password: save it as"
            " .xlsx without a password."
        )
    if content.startswith(PACKED):
        return _from_workbook(content, mapping)
    if mapping.sheet is not None:
        raise UnreadableSheet("The mapping names a sheet, but the file is no workbook.")
    grid = read_text(content, mapping)
    return Opened(grid, lay_out(grid, mapping, {}), mapping)


def _from_workbook(content: bytes, mapping: Mapping) -> Opened:
    opened = open_workbook(content)
    if mapping.sheet is not None:
        return _sheet(opened, mapping.sheet, mapping)
    names = sheet_names(opened[0])
    found, why = [], UnreadableSheet("The workbook has no sheet that can be seen.")
    for name in names:
        try:
            found.append(_sheet(opened, name, mapping))
        except UnreadableSheet as refused:
            why = refused
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(one.grid.sheet or "" for one in found)
        raise UnreadableSheet(
            f"The workbook has several sheets of pumps: say which of {listed}."
        )
    raise why


def _sheet(opened: tuple[Any, Any], name: str, mapping: Mapping) -> Opened:
    grid = read_sheet(opened, name)
    across = {row.number: merged_across(opened, name, row.number) for row in grid.rows[:50]}
    return Opened(grid, lay_out(grid, mapping, across), mapping)


def sheets_in(content: bytes) -> list[str]:
    """The sheets of a workbook that can be seen; none where the file is no workbook."""
    return sheet_names(open_workbook(content)[0]) if content.startswith(PACKED) else []
