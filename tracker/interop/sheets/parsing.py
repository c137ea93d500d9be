"""One row read field by field: each reason why it can't be read, or its record."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tracker.domain.catalogue import Catalogue
from tracker.domain.errors import TrackerError
from tracker.interop.sheets.amounts import (
    HOURS_A_DAY,
    NO_UNIT,
    TIME_SPANS,
    VOLUME,
    NoAmount,
    Unit,
    checked,
    dose_unit,
    folded,
    read_number,
    split_amount,
)
from tracker.interop.sheets.contents import drugs_of
from tracker.interop.sheets.days import NoDay, Span, at_wall, clock_time, parse_day, split_time
from tracker.interop.sheets.grid import EMPTY, Cell, Kind, Row
from tracker.interop.sheets.layout import Layout
from tracker.interop.sheets.naming import find_pump, split_name
from tracker.interop.sheets.records import VOLUMES, Reading, Record
from tracker.interop.sheets.workbooks import serial_moment

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
EXPONENT = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
PEOPLE = ("family_name", "given_name", "full_name")  # "Na" and "None" are names, too
DEAD_END = frozenset({"n/a", "-", "--", "–", "—", "?", "unknown", "unbekannt", ".", "/"})
SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
MOST_DAYS, MOST_MONTHS = 3650, 240  # as a refill and an interrogation may have, or sooner


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
class RowReader:
    """Reads the cells of one row; what can't be read is told, and reading goes on."""

    row: Row
    layout: Layout
    answers: Answers
    catalogue: Catalogue
    reading: Reading

    def cell(self, name: str) -> Cell:
        """The cell of a field; one that says nothing is empty, one that can't be is refused."""
        column = self.layout.column(name)
        if column is None:
            return EMPTY
        cell, called = self.row.at(column.place), NAMES[name]
        if cell.kind is Kind.ERROR:
            self.reading.refuse(f"the {called} is {cell.text}, an error of the sheet")
            return cell
        if cell.kind is Kind.UNCALCULATED:
            self.reading.refuse(f"the {called} is a formula that was never calculated")
            return cell
        if name in PEOPLE:
            return EMPTY if cell.text.casefold() in DEAD_END else cell
        if name != "notes" and cell.is_unsure:
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
        if (
            cell.kind in (Kind.MOMENT, Kind.OTHER)
            or (EXPONENT.fullmatch(cell.text)
            and name in ("mrn", "pump_serial"))
        ):
            self.reading.refuse(
                f"the {NAMES[name]} {cell.text} is not as it was typed: a sheet changed it"
            )
            return None
        if len(cell.text) > LONGEST.get(name, 200):
            self.reading.refuse(f"the {NAMES[name]} is too long")
            return None
        if name != "notes" and any(ord(one) < 32 for one in cell.text):
            self.reading.refuse(
                f"the {NAMES[name]} has a line break or a sign that can't be shown in it"
            )
            return None
        return cell.text

    def person(self) -> tuple[str | None, str | None]:
        """Family name and given name, from two columns or from one."""
        if self.layout.column("full_name") is None:
            both = ("family_name", "given_name")
            first, second = (self.text(one) if self.needed(one) else None for one in both)
            return first, second
        if not self.needed("full_name") or (text := self.text("full_name")) is None:
            return None, None
        return self.attempt(lambda: split_name(text)) or (None, None)

    def day(self, name: str) -> date | None:
        """A day; a time of day that stands beside it is left away."""
        if not self.is_said(name):
            return None
        return self.attempt(lambda: self._moment(name)[0])

    def _moment(self, name: str) -> tuple[date, datetime | None, str]:
        """The day, the wall time where one is written, and what stands after it."""
        cell, column = self.cell(name), self.layout.column(name)
        is_serial = SERIAL.fullmatch(cell.text) is not None
        if cell.kind is Kind.NUMBER or is_serial:
            cell = self._serial(cell)
        if cell.kind is Kind.MOMENT and cell.moment is not None:
            at = cell.moment
            return at.date(), at if at.time() != datetime.min.time() else None, ""
        if cell.kind is not Kind.TEXT:
            raise NoDay(f"{cell.text} is not a date")
        order = self._order(column.order if column else None)
        written, clock, after = split_time(cell.text)
        day = parse_day(written, order, self.answers.spans[name])
        return day, datetime.combine(day, clock_time(clock, after)) if clock else None, after

    def _order(self, headed: str | None) -> str | None:
        """What the mapping says, or the heading; where they differ nobody knows."""
        said = self.answers.order
        if said and headed and said != headed:
            return None
        return said or headed

    def _serial(self, cell: Cell) -> Cell:
        epoch = self.answers.epoch
        plain = cell.number if cell.number is not None else Decimal(cell.text.replace(",", "."))
        if epoch is None:
            raise NoDay(
                f"{cell.text} is a date as a number, and from which day it counts is not known"
            )
        moment = serial_moment(plain, epoch) if 1 <= plain < 110_000 else None
        if moment is None:
            raise NoDay(f"{cell.text} is not a date")
        return Cell(Kind.MOMENT, cell.text, moment=moment)

    def refilled(self) -> tuple[date | None, datetime | None]:
        """The day of the refill, and its moment where a time of day is written."""
        if not self.is_said("refilled_at"):
            name = "refilled_on" if self.layout.column("refilled_on") else "refilled_at"
            return (self.day(name), None) if self.needed(name) else (None, None)
        return self.attempt(self._refilled_at) or (None, None)

    def _refilled_at(self) -> tuple[date, datetime | None]:
        cell = self.cell("refilled_at")
        found = re.fullmatch(
            r"([0-9]{1,2}[:.][0-9]{2})(?:[:.][0-9]{2})?\s*([ap]\.?m\.?|uhr|h)?",
            cell.text.casefold(),
        )
        if found is not None and self.is_said("refilled_on"):
            day = self._moment("refilled_on")[0]
            local, after = (
                datetime.combine(day, clock_time(found[1], (found[2] or "").replace(".", ""))),
                "",
            )
        else:
            day, wall, after = self._moment("refilled_at")
            if wall is None:
                return day, None
            local = wall
        return day, at_wall(local.replace(microsecond=0), self.answers.zone, after)

    def volume(self, name: str) -> Decimal | None:
        """A volume in mL, which the field is named for."""
        return self.attempt(lambda: self._amount(name, VOLUME)) if self.is_said(name) else None

    def span(self, name: str, most: int) -> Decimal | None:
        """A number of days or months."""
        if not self.is_said(name):
            return None
        found = self.attempt(lambda: self._amount(name, TIME_SPANS[name]))
        if found is not None and found > most:
            self.reading.refuse(f"{self.cell(name).text} is too much for {NAMES[name]}")
        return found

    def _amount(self, name: str, unit: re.Pattern[str]) -> Decimal:
        cell = self.cell(name)
        if cell.kind is Kind.NUMBER and cell.number is not None:
            if cell.number < 0:
                raise NoAmount(f"{cell.text} is below zero")
            return checked(cell.number, cell.text)
        if cell.kind is not Kind.TEXT:
            raise NoAmount(f"{cell.text} is not an amount, which {NAMES[name]} has to be")
        number, after = split_amount(cell.text)
        if after and not unit.fullmatch(folded(after)):
            raise NoAmount(f"{cell.text} is not an amount for {NAMES[name]}")
        return checked(read_number(number, self.answers.mark), cell.text)

    def dose(self) -> Decimal | None:
        """The dose in mcg a day."""
        return self.attempt(self._dose) if self.needed("dose") else None

    def _dose(self) -> Decimal:
        cell, said = self.cell("dose"), self.answers.dose
        amount, unit = cell.number, NO_UNIT
        if cell.kind is Kind.TEXT:
            number, after = split_amount(cell.text)
            amount = read_number(number, self.answers.mark)
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
        if hours is None:
            raise NoAmount(f"{cell.text} is a dose per day or per hour: that was not said")
        if amount == 0:
            raise NoAmount("a dose of 0 is a pump that gives nothing: is it stopped?")
        if amount < 0:
            raise NoAmount(f"{cell.text} is below zero")
        return checked(amount * factor * (HOURS_A_DAY // hours), cell.text)

    def record(self) -> Record | None:
        """The record, where nothing was refused."""
        family, given = self.person()
        texts = {
            name: self.text(name) if self.needed(name) else None
            for name in ("mrn", "pump_serial")
        }
        birth = self.day("birth_date") if self.needed("birth_date") else None
        volumes = {
            name: self.volume(name) for name in VOLUMES if name != "volume_after_refill_ml"
        }
        put_in = (
            self.volume("volume_after_refill_ml")
            if self.needed("volume_after_refill_ml")
            else None
        )
        model, entry = self._pump(volumes["reservoir_capacity_ml"])
        day, at = self.refilled()
        self.reading.identity = {
            "mrn": texts["mrn"],
            "serial": texts["pump_serial"],
            "birth": birth,
            "family": family,
            "given": given,
            "pump": entry,
        }
        found: dict[str, Any] = {
            "family_name": family, "given_name": given, **texts, "birth_date": birth,
            "pump_model": model, "pump": entry, "drugs": self._drugs(), "dose_mcg_day": self.dose(),
            "refilled_on": day, "volume_after_refill_ml": put_in,
        }  # fmt: skip
        beside = {
            **volumes,
            "refilled_at": at,
            "low_alarm_date": self.day("low_alarm_date"),
            "stability_days": self.span("stability_days", MOST_DAYS),
            "eri_months": self.span("eri_months", MOST_MONTHS),
            **{name: self.text(name) for name in ("phone", "email", "status")},
            "notes": self._notes(),
        }
        if self.reading.reasons or any(one is None for one in found.values()):
            return None
        return Record(**found, **beside)

    def _pump(self, capacity: Decimal | None) -> tuple[str | None, Any]:
        model = self.text("pump_model") if self.needed("pump_model") else None
        if model is None:
            return None, None
        return model, self.attempt(lambda: find_pump(model, capacity, self.catalogue))

    def _drugs(self) -> Any:
        solution, drug, strength = (
            self.cell(one) for one in ("solution", "drug", "concentration")
        )
        if not self.is_said("solution"):
            if not (
                self.needed("drug") if self.layout.column("drug") else self.needed("solution")
            ):
                return None
            solution = EMPTY
            has_both = re.search("[0-9]", drug.text) and strength.kind is Kind.EMPTY
            if not has_both and not self.needed("concentration"):
                return None
        answers = self.answers
        return self.attempt(
            lambda: drugs_of(
                solution, drug, strength, answers.strength, answers.mark, self.catalogue
            )
        )

    def _notes(self) -> str | None:
        texts = [self.row.at(one.place).text for one in self.layout.columns_of("notes")]
        return "\n".join(one for one in texts if one)[: LONGEST["notes"]] or None
