"""Rows that are no record: blank, headings again, totals, remarks, pumps that have ended."""

import re
from collections.abc import Sequence

from tracker.interop.sheets.grid import Kind, Row
from tracker.interop.sheets.headings import proposed
from tracker.interop.sheets.layout import Column, Layout, is_repeated_heading
from tracker.interop.sheets.opening import Opened

TOTAL = re.compile(
    r"(grand |sub[- ]?)?totals?\b.*|(zwischen)?summen?\b.*|gesamt\b.*|insgesamt\b.*|sum\b.*"
    r"|(average|mean|mittelwert|durchschnitt|count|anzahl|n ?=)\b.*"
    r"|(number|no\.?) of patients.*",
    re.IGNORECASE,
)

SHORTEST_SERIAL = 5  # ours


def why_skipped(row: Row, opened: Opened) -> str | None:
    layout = opened.layout
    if row.is_blank or all(
        row.at(one.place).kind is Kind.EMPTY for one in _read_columns(layout)
    ):
        return "blank row"
    rows = [opened.grid.row(one) for one in layout.heading_rows]
    if is_repeated_heading(row, [one for one in rows if one]):
        return "repeated heading"
    return "total line" if _is_total(row, layout) else None


def _read_columns(layout: Layout) -> Sequence[Column]:
    return [one for one in layout.columns if one.field != "ignore"]


def only_words(row: Row, layout: Layout) -> str:
    """What stands alone in a row: a remark under the table, or the name of a part of it."""
    filled = [cell for one in _read_columns(layout) if (cell := row.at(one.place)).text]
    is_alone = len(filled) == 1 and len(_read_columns(layout)) > 2
    return filled[0].text if is_alone else ""


def _is_total(row: Row, layout: Layout) -> bool:
    """A line that adds up: the word for it, and no pump, birth or refill of anybody.

    “Total hip replacement” in the notes, or Mrs Sum without her dates, is no such line.
    """
    if not any(TOTAL.fullmatch(one.text) for one in row.cells if one.kind is Kind.TEXT):
        return False
    serial = layout.column("pump_serial")
    if serial and len(row.at(serial.place).text) >= SHORTEST_SERIAL:
        return False  # a total counts the pumps below their serial numbers, in few figures
    dates = [layout.column(one) for one in ("birth_date", "refilled_on", "refilled_at")]
    return all(row.at(one.place).kind is Kind.EMPTY for one in dates if one)


def status_of(row: Row, opened: Opened) -> str:
    """What the row says of the pump's state, also in a column that nobody mapped."""
    column = opened.layout.column("status")
    if column is not None:
        cell = row.at(column.place)
    else:
        place = _unmapped_status(opened)
        cell = row.at(place) if place is not None else row.at(len(row.cells))
    return "" if cell.is_not_given or cell.kind is not Kind.TEXT else cell.text


def _unmapped_status(opened: Opened) -> int | None:
    read = {one.place for one in opened.layout.columns if one.field != "ignore"}
    last = opened.grid.row(opened.layout.heading_rows[-1])
    headed = enumerate(last.cells) if last else ()
    places = [at for at, one in headed if at not in read and proposed(one.text) == "status"]
    return places[0] if places else None


def beyond(row: Row, opened: Opened) -> str:
    """A cell to the right of the last heading: the cells of this row may have slipped."""
    width = max(
        (at + 1 for number in opened.layout.heading_rows
         if (head := opened.grid.row(number)) for at, one in enumerate(head.cells) if one.text),
        default=0,
    )  # fmt: skip
    if opened.grid.delimiter is None:
        return ""  # in a workbook a cell has its column
    return next((one.text for one in row.cells[width:] if one.kind is not Kind.EMPTY), "")
