"""A clinic's file from its bytes to what each row says: nothing is stored, nothing is guessed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.catalogue import Catalogue
from tracker.interop.sheets.amounts import (
    NO_UNIT,
    Unit,
    dose_unit,
    headed_dose,
    headed_strength,
    strength_unit,
)
from tracker.interop.sheets.comparing import compare
from tracker.interop.sheets.days import spans
from tracker.interop.sheets.delimited import read_text
from tracker.interop.sheets.grid import Grid, Kind, Row, UnreadableSheet
from tracker.interop.sheets.headings import proposed
from tracker.interop.sheets.layout import Layout, is_repeated_heading, lay_out
from tracker.interop.sheets.mapping import Mapping
from tracker.interop.sheets.parsing import Answers, RowReader
from tracker.interop.sheets.records import Reading
from tracker.interop.sheets.statuses import ended_by, is_running
from tracker.interop.sheets.weighing import about_alarm, impossible, unlikely
from tracker.interop.sheets.workbooks import (
    merged_across,
    open_workbook,
    read_sheet,
    sheet_names,
)

MOST_BYTES = 20_000_000  # ours: sixty times the largest service known
PACKED, COMPOUND, PORTABLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
TOTAL = re.compile(
    r"(grand |sub[- ]?)?totals?\b.*|(zwischen)?summen?\b.*|gesamt\b.*|insgesamt\b.*|sum\b.*"
    r"|(average|mean|mittelwert|durchschnitt|count|anzahl|n ?=)\b.*|(number|no\.?) of patients.*",
    re.IGNORECASE,
)


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
    if content.startswith(b"PK"):
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


def read_rows(
    opened: Opened, *, zone: ZoneInfo, catalogue: Catalogue, now: datetime
) -> list[Reading]:
    """What each row says and whether it can be imported, by the sheet alone.

    `zone` is that of the clinic, for a sheet that names none.
    """
    zone = opened.mapping.timezone or zone
    answers = _answers(opened, zone, now)
    readings = [_read(row, opened, answers, catalogue) for row in _rows(opened)]
    for one in readings:
        if one.record is None:
            continue
        for reason in impossible(one.record, zone, now):
            one.refuse(reason)
        if not one.reasons:
            for reason in unlikely(one.record, zone):
                one.refuse(reason)
            one.warnings += about_alarm(one.record, zone)
    compare(readings, zone)
    return readings


def _rows(opened: Opened) -> Iterator[Row]:
    headings = set(opened.layout.heading_rows)
    first = opened.layout.first_data_row
    return (
        one for one in opened.grid.rows if one.number >= first and one.number not in headings
    )


def _answers(opened: Opened, zone: ZoneInfo, now: datetime) -> Answers:
    mapping, layout = opened.mapping, opened.layout
    strength = layout.column("solution") or layout.column("concentration")
    dose = layout.column("dose")
    return Answers(
        zone=zone,
        order=mapping.date_order,
        mark=mapping.decimal_mark,
        strength=_agreed(
            headed_strength(_full(opened, strength.place) if strength else ""),
            _unit(mapping.units.get("concentration"), strength_unit),
        ),
        dose=_agreed(
            headed_dose(_full(opened, dose.place) if dose else ""),
            _unit(mapping.units.get("dose"), dose_unit),
        ),
        spans=dict(spans(now.astimezone(zone).date())),
        epoch=opened.grid.epoch,
    )


def _full(opened: Opened, place: int) -> str:
    """All that stands above a column."""
    rows = (opened.grid.row(one) for one in opened.layout.heading_rows)
    return " ".join(one.at(place).text for one in rows if one)


def _unit(said: str | None, read: Any) -> Unit:
    if said is None:
        return NO_UNIT
    found: Unit | None = read(said)
    if found is None:
        raise UnreadableSheet(f"The mapping names a unit that is not known: {said}.")
    return found


def _agreed(headed: Unit, said: Unit) -> Unit:
    """The unit of heading and mapping; where the two differ, none."""
    factors = {headed.factor, said.factor} - {None}
    hours = {headed.hours, said.hours} - {None}
    return Unit(
        factors.pop() if len(factors) == 1 else None, hours.pop() if len(hours) == 1 else None
    )


def _read(row: Row, opened: Opened, answers: Answers, catalogue: Catalogue) -> Reading:
    reading = Reading(row.number, shown=tuple(one.text for one in row.cells))
    if row.broken:
        reading.refuse(row.broken)
        return reading
    if reason := _why_skipped(row, opened):
        reading.leave("skip", reason)
        return reading
    if row.is_hidden:
        reading.warnings.append("this row is hidden in the sheet")
    if (status := _status(row, opened)) and (ended := ended_by(status)):
        reading.leave("skip", f"the pump is not in use: {ended}")
        return reading
    if status and not is_running(status):
        reading.refuse(f"the status is {status}: whether the pump runs was not said")
    if stray := _beyond(row, opened):
        reading.refuse(f"the row has more cells than headings: {stray[:60]}")
    reader = RowReader(row, opened.layout, answers, catalogue, reading)
    reading.record = reader.record()
    return reading


def _why_skipped(row: Row, opened: Opened) -> str | None:
    layout = opened.layout
    if row.is_blank or all(
        row.at(one.place).kind is Kind.EMPTY for one in _read_columns(layout)
    ):
        return "blank row"
    rows = [opened.grid.row(one) for one in layout.heading_rows]
    if is_repeated_heading(row, [one for one in rows if one]):
        return "repeated heading"
    return "total line" if _is_total(row, layout) else None


def _read_columns(layout: Layout) -> Sequence[Any]:
    return [one for one in layout.columns if one.field != "ignore"]


def _is_total(row: Row, layout: Layout) -> bool:
    """A line that adds up: the word for it, and neither a birth nor a refill of anybody."""
    if not any(TOTAL.fullmatch(one.text) for one in row.cells if one.kind is Kind.TEXT):
        return False
    dates = [layout.column(one) for one in ("birth_date", "refilled_on", "refilled_at")]
    return all(row.at(one.place).kind is Kind.EMPTY for one in dates if one)


def _status(row: Row, opened: Opened) -> str:
    """What the row says of the pump's state, also in a column that nobody mapped."""
    column = opened.layout.column("status")
    if column is not None:
        cell = row.at(column.place)
    else:
        place = _unmapped_status(opened)
        cell = row.at(place) if place is not None else row.at(len(row.cells))
    return "" if cell.is_not_given or cell.kind is not Kind.TEXT else cell.text


def _unmapped_status(opened: Opened) -> int | None:
    if opened.mapping.columns and any(
        proposed(heading) == "status" for heading in opened.mapping.columns
    ):
        return None  # somebody looked at it and said otherwise
    last = opened.grid.row(opened.layout.heading_rows[-1])
    places = (
        [at for at, one in enumerate(last.cells) if proposed(one.text) == "status"]
        if last
        else []
    )
    return places[0] if places else None


def _beyond(row: Row, opened: Opened) -> str:
    """A cell to the right of the last heading: the cells of this row may have slipped."""
    width = max(
        (at + 1 for number in opened.layout.heading_rows
         if (head := opened.grid.row(number)) for at, one in enumerate(head.cells) if one.text),
        default=0,
    )  # fmt: skip
    if opened.grid.delimiter is None:
        return ""  # in a workbook a cell has its column
    return next((one.text for one in row.cells[width:] if one.kind is not Kind.EMPTY), "")


def answer(readings: Sequence[Reading]) -> dict[str, Any]:
    """What is said of a sheet: how many of each outcome, and each row."""
    outcomes = [one.outcome for one in readings]
    return {
        "summary": {
            name: outcomes.count(name) for name in ("import", "reject", "skip", "duplicate")
        },
        "rows": [one.as_json() for one in readings],
    }


def settle(readings: Sequence[Reading], taken: dict[int, Any]) -> None:
    """Say of each row what became of it in the clinic."""
    for one in readings:
        found = taken.get(one.row)
        if found is None:
            continue
        one.warnings += [warning.rstrip(".") for warning in found.warnings]
        if found.outcome == "duplicate":
            one.leave("duplicate", found.reason)
        elif found.outcome == "reject":
            one.refuse(found.reason)
