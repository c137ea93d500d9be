"""What a person answered about a sheet; what they left open is proposed or asked."""

import json
from dataclasses import dataclass, field
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from tracker.interop.sheets.grid import UnreadableSheet

FIELDS = (
    *("family_name", "given_name", "full_name", "mrn", "birth_date", "phone", "email"),
    *("pump_model", "pump_serial", "reservoir_capacity_ml", "drug", "concentration"),
    *("solution", "dose", "refilled_on", "refilled_at", "volume_after_refill_ml"),
    *("residual_expected_ml", "residual_actual_ml", "alarm_volume_ml", "low_alarm_date"),
    *("stability_days", "eri_months", "status", "notes", "ignore"),
)
ORDERS = ("DMY", "MDY", "YMD")
MARKS = (".", ",")
NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ",", "pipe": "|"}
LAST_ROW = 1_048_576  # of any workbook


@dataclass(frozen=True, slots=True)
class Mapping:
    """The answers; None is "not said"."""

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    heading_rows: tuple[int, ...] | None = None
    first_data_row: int | None = None
    timezone: ZoneInfo | None = None
    date_order: str | None = None
    decimal_mark: str | None = None
    columns: dict[str, str] | None = None
    units: dict[str, str] = field(default_factory=dict)


def read_mapping(text: str) -> Mapping:
    """The mapping in a JSON text. Raises UnreadableSheet."""
    try:
        read = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as problem:
        _refuse(f"is no JSON: {problem}")
    return mapping_from(read)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key stands in it twice")
    return dict(pairs)


def mapping_from(read: Any) -> Mapping:
    """The mapping as JSON or a page gave it. Raises UnreadableSheet."""
    if not isinstance(read, dict):
        _refuse("is not an object")
    if unknown := sorted(set(read) - set(Mapping.__slots__)):
        _refuse(f"has a key that is not known: {unknown[0]}")
    said = {name: value for name, value in read.items() if value is not None}
    for name in ("sheet", "encoding", "delimiter", "timezone", "date_order", "decimal_mark"):
        if not isinstance(said.get(name, ""), str):
            _refuse(f"gives no text for {name}")
    for name in ("columns", "units"):
        _check_words(name, said.get(name, {}))
    rows, first = said.get("heading_rows"), said.get("first_data_row")
    return Mapping(
        sheet=said.get("sheet"),
        encoding=said.get("encoding"),
        delimiter=_delimiter(said.get("delimiter")),
        heading_rows=None if rows is None else _rows(rows),
        first_data_row=None if first is None else _row(first, "first_data_row"),
        timezone=_zone(said.get("timezone")),
        date_order=_one_of("date_order", said.get("date_order"), ORDERS),
        decimal_mark=_one_of("decimal_mark", said.get("decimal_mark"), MARKS),
        columns=_columns(said.get("columns")),
        units=_units(said.get("units", {})),
    )


def _refuse(why: str) -> NoReturn:
    raise UnreadableSheet(f"The mapping {why}.")


def _check_words(name: str, value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        _refuse(f"gives no object of texts for {name}")


def _delimiter(typed: str | None) -> str | None:
    if typed is None:
        return None
    found = NAMED_DELIMITERS.get(typed.casefold(), typed)
    if len(found) != 1 or found in '"\r\n':
        _refuse(f"names no delimiter: {typed!r}")
    return found


def _rows(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        _refuse("gives no list of rows for heading_rows")
    return tuple(sorted({_row(one, "heading_rows") for one in value}))


def _row(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LAST_ROW:
        _refuse(f"gives no row number for {name}")
    return value


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        _refuse(f"names a time zone that is not known: {name}")


def _one_of(name: str, value: str | None, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        _refuse(f"gives {value!r} for {name}: write {', '.join(known[:-1])} or {known[-1]}")
    return value


def _columns(value: dict[str, str] | None) -> dict[str, str] | None:
    for heading, name in (value or {}).items():
        if name not in FIELDS:
            _refuse(f"reads {heading!r} as a field that is not known: {name}")
    return value or None


def _units(value: dict[str, str]) -> dict[str, str]:
    for name in value:
        if name not in ("concentration", "dose"):
            _refuse(f"names a unit for {name}: only concentration and dose have one")
    return value
