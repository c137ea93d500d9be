"""The cells of one row by their fields: said, not said, or refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.errors import TrackerError
from tracker.interop.sheets.amounts import Unit
from tracker.interop.sheets.days import Span
from tracker.interop.sheets.grid import EMPTY, Cell, Kind, Row
from tracker.interop.sheets.layout import Layout
from tracker.interop.sheets.records import Reading

NAMES = {
    **{"family_name": "family name", "given_name": "given name", "full_name": "name"},
    **{"mrn": "MRN", "birth_date": "date of birth", "pump_model": "pump model"},
    **{"pump_serial": "serial number", "dose": "dose", "refilled_on": "date of the refill"},
    **{"refilled_at": "time of the refill", "volume_after_refill_ml": "volume put in"},
    **{"low_alarm_date": "alarm date", "drug": "drug", "concentration": "concentration"},
    **{"solution": "solution", "reservoir_capacity_ml": "reservoir size", "status": "status"},
    **{"residual_expected_ml": "expected residual", "residual_actual_ml": "measured residual"},
    **{"alarm_volume_ml": "alarm volume", "stability_days": "stability in days"},
    **{
        "eri_months": "months to ERI",
        "phone": "telephone",
        "email": "e-mail",
        "notes": "notes",
    },
}
LONGEST = {"mrn": 40, "pump_serial": 60, "family_name": 120, "given_name": 120, "phone": 40}
LONGEST |= {"full_name": 240, "email": 254, "notes": 4000, "pump_model": 120}
LONGEST_OTHER = 200  # letters; ours: of a dose, a date, a drug with its concentration
EXPONENT = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
# What a record can do without: where it is not known yet, the rest of the row is worth having.
BESIDE = frozenset(
    {"phone", "email", "residual_expected_ml", "residual_actual_ml", "alarm_volume_ml"}
    | {"reservoir_capacity_ml", "low_alarm_date", "stability_days", "eri_months"}
)
REACHED = ("phone", "email")  # no date hangs on them, so an error in one loses nobody
PEOPLE = ("family_name", "given_name", "full_name")  # "Na" and "None" are names, too
DEAD_END = frozenset({"n/a", "-", "--", "–", "—", "?", "unknown", "unbekannt", ".", "/"})


@dataclass(frozen=True, slots=True)
class Answers:
    """What holds for the whole sheet: answers of a person, and what its headings say."""

    zone: ZoneInfo
    order: str | None
    mark: str | None
    strength: Unit
    dose: Unit
    spans: dict[str, Span]
    epoch: datetime | None


@dataclass(slots=True)
class RowCells:
    """The cells of one row; what can't be read is told, and reading goes on."""

    row: Row
    layout: Layout
    answers: Answers
    reading: Reading

    def cell(self, name: str) -> Cell:
        """The cell of a field; one that says nothing is empty, one that can't be is refused."""
        column = self.layout.column(name)
        if column is None:
            return EMPTY
        cell, called = self.row.at(column.place), NAMES[name]
        if cell.kind is Kind.ERROR and name in REACHED:
            self.reading.warn(f"the {called} is {cell.text}, an error of the sheet: left out")
            return EMPTY
        if cell.kind is Kind.ERROR:
            self.reading.refuse(f"the {called} is {cell.text}, an error of the sheet")
            return cell
        if cell.kind is Kind.UNCALCULATED:
            self.reading.refuse(f"the {called} is a formula that was never calculated")
            return cell
        if len(cell.text) > LONGEST.get(name, LONGEST_OTHER):
            # before any pattern looks at it: some take the square of its length
            self.reading.refuse(f"the {called} is too long")
            return Cell(Kind.ERROR, cell.text[:LONGEST_OTHER])
        if name in PEOPLE:
            return EMPTY if cell.text.casefold() in DEAD_END else cell
        if name in BESIDE and cell.is_unsure:
            self.reading.warn(f"the {called} is not known yet: {cell.text}")
        elif name != "notes" and cell.is_unsure:
            self.reading.refuse(f"the {called} is not known yet: {cell.text}")
        return cell

    def is_said(self, name: str) -> bool:
        """Whether there is something to read, and nothing was refused yet."""
        cell = self.cell(name)
        bad = (Kind.EMPTY, Kind.ERROR, Kind.UNCALCULATED)
        if cell.kind in bad or cell.is_unsure:
            return False
        return name in PEOPLE or not cell.is_not_given

    def needed(self, name: str) -> bool:
        """The same, of what a record can't do without."""
        if self.is_said(name):
            return True
        cell = self.cell(name)
        if cell.kind is Kind.TEXT and cell.is_not_given:
            self.reading.refuse(f"no {NAMES[name]}: {cell.text}")
        elif cell.kind is Kind.EMPTY:
            self.reading.refuse(f"no {NAMES[name]}")
        return False

    def attempt(self, read: Callable[[], Any]) -> Any:
        """What `read` finds, or None with its reason told."""
        try:
            return read()
        except TrackerError as refused:
            self.reading.refuse(refused.message.rstrip("."))
            return None

    def text(self, name: str) -> str | None:
        """A text as it was typed; a number that lost its end is refused."""
        if not self.is_said(name):
            return None
        cell = self.cell(name)
        if cell.kind in (Kind.MOMENT, Kind.OTHER) or (
            EXPONENT.fullmatch(cell.text) and name in ("mrn", "pump_serial")
        ):
            self.reading.refuse(
                f"the {NAMES[name]} {cell.text} is not as it was typed: a sheet changed it"
            )
            return None
        text = " ".join(re.split(r"\s*[\t\r\n]+\s*", cell.text))
        if any(ord(one) < 32 for one in text):
            self.reading.refuse(f"the {NAMES[name]} has a sign that can't be shown in it")
            return None
        return text
