"""The import page's form: the file, sealed in the page, and what is answered about it."""

import base64
import json
import re
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g

from tracker.domain.errors import TrackerError
from tracker.interop.sheets.grid import Kind
from tracker.interop.sheets.mapping import FIELDS, MARKS, ORDERS, Mapping, mapping_from
from tracker.interop.sheets.opening import Opened
from tracker.interop.sheets.row_cells import NAMES
from tracker.sealing import Unsealable, ring_of
from tracker.web.forms import Form

LARGEST_FILE = 1_000_000  # bytes; ours: the command takes more
LARGEST_POST = 4_000_000  # the same, packed, sealed and written in letters
LONGEST_KEPT = timedelta(hours=4)  # ours: long enough to look something up in a chart
SAMPLES = 3
CHOICES = [(one, NAMES[one]) for one in FIELDS if one != "ignore"]
READ_BY = ("sheet", "delimiter", "encoding", "heading_rows")
ORDER_CHOICES = list(zip(ORDERS, ("day first", "month first", "year first"), strict=True))
MARK_CHOICES = list(zip(MARKS, ("a point, as in 2.5", "a comma, as in 2,5"), strict=True))
UNITS = {
    "concentration": ("mcg/mL", "mg/mL"),
    "dose": ("mcg/day", "mg/day", "mcg/h", "mg/h"),
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent, under the name it had."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """One column as the page asks about it."""

    field: str
    heading: str
    samples: tuple[str, ...]


def seal(kept: dict[str, Any]) -> str:
    """What travels in the page, unreadable there, with whose it is and since when."""
    whole = {**kept, "staff": g.staff.id, "clinic": g.clinic.id, "at": g.now.isoformat()}
    packed = zlib.compress(json.dumps(whole).encode())
    return ring_of(current_app.config["SEALING_KEYS"]).seal(base64.b64encode(packed).decode())


def unseal(stored: str) -> dict[str, Any] | None:
    """What was sealed, if it was this person's in this clinic and isn't too old."""
    try:
        packed = ring_of(current_app.config["SEALING_KEYS"]).unseal(stored)
    except Unsealable:
        return None
    kept: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
    is_ours = (kept["staff"], kept["clinic"]) == (g.staff.id, g.clinic.id)
    age = g.now - datetime.fromisoformat(kept["at"])
    return kept if is_ours and timedelta(0) <= age <= LONGEST_KEPT else None


def sealed_file(upload: Upload) -> str:
    """The file as it travels in the page."""
    content = base64.b64encode(upload.content).decode()
    return seal({"name": upload.name, "content": content})


def file_in(form: Form) -> Upload | None:
    """The file that the page carried, or nothing where it is gone."""
    kept = unseal(form["held"]) if form["held"] else None
    return Upload(kept["name"], base64.b64decode(kept["content"])) if kept else None


def read_answers(form: Form) -> Mapping:
    """What was answered on the page; what was left empty is proposed. Raises TrackerError.

    Another sheet, delimiter or row of headings has other columns: they are proposed anew.
    """
    columns = {}
    if form["sheet"] != form["was-sheet"]:
        form.put("heading_rows", "")
    is_same = all(form[name] == form[f"was-{name}"] for name in READ_BY)
    for name in form.typed if is_same else ():
        if re.fullmatch(r"column-[0-9]+", name):
            columns[form[name.replace("column", "heading")]] = form[name] or "ignore"
    units = {name: form[f"unit_{name}"] for name in UNITS if form[f"unit_{name}"]}
    rows = form["heading_rows"].replace(",", " ").split()
    if not all(one.isdecimal() and len(one) < 8 for one in rows):
        raise TrackerError("Write the row, or the two rows, as numbers.", field="heading_rows")
    said = {name: form[name] or None for name in ("sheet", "encoding", "delimiter")}
    said |= {name: form[name] or None for name in ("date_order", "decimal_mark")}
    return mapping_from(
        {
            **said,
            "heading_rows": [int(one) for one in rows] or None,
            "columns": columns or None,
            "units": units,
        }
    )


def put_proposed(form: Form, opened: Opened) -> list[Shown]:
    """Put what each column is read as into the form; the columns as they are asked about."""
    fields = {one.place: one.field for one in opened.layout.columns}
    for name in READ_BY:
        value = opened.as_json().get(name)
        form.put(name, ", ".join(map(str, value)) if isinstance(value, list) else value)
        form.put(f"was-{name}", form[name])
    shown = []
    for number, (place, heading) in enumerate(opened.layout.titles):
        field = fields.get(place, "ignore")
        form.put(f"column-{number}", "" if field == "ignore" else field)
        form.put(f"heading-{number}", heading)
        shown.append(Shown(f"column-{number}", heading, _samples(opened, place)))
    return shown


def _samples(opened: Opened, place: int) -> tuple[str, ...]:
    """The first three things that stand under a heading."""
    found: list[str] = []
    for row in opened.grid.rows:
        cell = row.at(place)
        if row.number < opened.layout.first_data_row or cell.kind is Kind.EMPTY:
            continue
        if cell.text[:60] not in found:
            found.append(cell.text[:60])
        if len(found) == SAMPLES:
            break
    return tuple(found)


def asked_about(reasons: str, form: Form) -> set[str]:
    """Which questions the rows raise, or were answered before."""
    found = {name for name in ("date_order", "decimal_mark") if form[name]}
    found |= {f"unit_{name}" for name in UNITS if form[f"unit_{name}"]}
    for name, words in (
        ("date_order", "the order of dates was not said"),
        ("decimal_mark", "the decimal mark was not said"),
        ("unit_concentration", "has no unit of concentration"),
        ("unit_dose", "has no unit of dose"),
        ("unit_dose", "per day or per hour"),
    ):
        if words in reasons:
            found.add(name)
    return found
