"""What each row of a sheet says: nothing is stored, nothing is guessed."""

from collections.abc import Iterator, Sequence
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
from tracker.interop.sheets.grid import Row, UnreadableSheet
from tracker.interop.sheets.opening import Opened
from tracker.interop.sheets.parsing import read_record
from tracker.interop.sheets.records import Reading, Record
from tracker.interop.sheets.row_cells import Answers, RowCells
from tracker.interop.sheets.skipping import beyond, only_words, status_of, why_skipped
from tracker.interop.sheets.statuses import ended_by, is_running, may_have_ended
from tracker.interop.sheets.weighing import about_alarm, can_only_be_daily, impossible, unlikely


def read_rows(
    opened: Opened, *, zone: ZoneInfo, catalogue: Catalogue, now: datetime
) -> list[Reading]:
    """What each row says and whether it can be imported, by the sheet alone.

    `zone` is that of the clinic, for a sheet that names none.
    """
    zone = opened.mapping.timezone or zone
    answers = _answers(opened, zone, now)
    if all(one.field == "ignore" for one in opened.layout.columns):
        raise UnreadableSheet("No column is read as anything: say what each column is.")
    readings, part = [], ""
    for row in _rows(opened):
        readings.append(_read(row, opened, answers, catalogue))
        if alone := only_words(row, opened.layout):
            part = alone if ended_by(alone) else ""
        elif part and readings[-1].outcome == "import":
            readings[-1].refuse(f"the row stands under “{part[:60]}”: is this pump in use?")
    for one in readings:
        if one.record is None:
            continue
        for reason in impossible(one.record, zone, now):
            one.refuse(reason)
        if one.open_dose and not one.reasons:
            _weigh_open_dose(one, one.record, zone)
        if not one.reasons:
            for reason in unlikely(one.record, zone):
                one.refuse(reason)
            one.warnings += about_alarm(one.record, zone)
    compare(readings, zone)
    return readings


def _weigh_open_dose(one: Reading, record: Record, zone: ZoneInfo) -> None:
    """A dose without its time is a day's where an hour's can't be; else it is asked."""
    if can_only_be_daily(record, zone):
        one.warn(f"{one.open_dose} names no time: read per day, for per hour it is too much")
    else:
        one.refuse(f"{one.open_dose} is a dose per day or per hour: that was not said")


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
    if reason := why_skipped(row, opened):
        reading.leave("skip", reason)
        return reading
    if row.is_hidden:
        reading.warnings.append("this row is hidden in the sheet")
    if (status := status_of(row, opened)) and (ended := ended_by(status)):
        reading.leave("skip", f"the pump is not in use: {ended}")
        column = opened.layout.column("pump_serial")
        reading.ended_serial = row.at(column.place).text if column else ""
        return reading
    if status and not is_running(status):
        reading.refuse(f"the status is {status}: whether the pump runs was not said")
    if alone := only_words(row, opened.layout):
        reading.refuse(f"the row holds no record, only “{alone[:80]}”")
        return reading
    if row.is_struck:
        reading.refuse("the row is struck through: does it still hold?")
    if stray := beyond(row, opened):
        reading.refuse(f"the row has more cells than headings: {stray[:60]}")
    cells = RowCells(row, opened.layout, answers, reading)
    reading.record = read_record(cells, catalogue)
    if reading.record and may_have_ended(notes := reading.record.notes or ""):
        reading.refuse(f"the notes say “{notes[:80]}”: is this pump in use?")
    return reading


def answer(readings: Sequence[Reading]) -> dict[str, Any]:
    """What is said of a sheet: how many of each outcome, and each row."""
    outcomes = [one.outcome for one in readings]
    return {
        "summary": {
            name: outcomes.count(name) for name in ("import", "reject", "skip", "duplicate")
        },
        "rows": [one.as_json() for one in readings],
    }


def settle(readings: Sequence[Reading], taken: dict[int, Any], watched: dict[int, str]) -> None:
    """Say of each row what became of it in the clinic, and which pump is watched still."""
    for one in readings:
        if one.row in watched:
            one.warnings.append(watched[one.row])
        found = taken.get(one.row)
        if found is None:
            continue
        one.warnings += [warning.rstrip(".") for warning in found.warnings]
        if found.outcome == "duplicate":
            one.leave("duplicate", found.reason)
        elif found.outcome == "reject":
            one.refuse(found.reason)
