"""A form: what was typed, the value it stands for, and the sentence beside each field.

Nothing typed is ever lost: a value that can't be read stays in its field as it was typed.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from tracker.domain.blank import is_blank
from tracker.domain.calendar import instant, parse_day, parse_time
from tracker.domain.errors import (
    AmbiguousLocalTime,
    NegativeQuantity,
    NonexistentLocalTime,
    TrackerError,
)
from tracker.domain.units import Quantity, check_kept, parse_decimal, parse_quantity

Choice = TypeVar("Choice", bound=StrEnum)
LONGEST_TEXT = 2000


class Form:
    """What was typed, and what is wrong with it.

    A reader gives the value, or None where nothing (or nothing readable) was typed; what can't
    be read is kept in `errors` under the field's name.
    """

    def __init__(self, typed: Mapping[str, str] | None = None) -> None:
        # PostgreSQL can't keep the character NUL, and nobody means it
        self.typed = {name: text.replace("\0", "") for name, text in (typed or {}).items()}
        self.errors: dict[str, str] = {}
        self.concerns: tuple[str, ...] = ()
        self.is_changed = False
        self.focus = ""  # the field to go on with, when rows were added
        self.twice: set[str] = set()  # local times that the clocks show twice
        self._words: list[str] = []  # the fields in which somebody writes
        self._shown: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self._shown.add(name)
        return self.typed.get(name, "")

    def begin_page(self) -> str:
        """From here on what is asked for is shown: the page is being made."""
        self._shown.clear()
        return ""

    def keep_sentences(self) -> None:
        """Take for words whatever is one: of a page that was not found nobody read a field."""
        self._words = [
            name
            for name, text in self.typed.items()
            if " " in text.strip() and "password" not in name
        ]

    def left_over(self) -> list[str]:
        """What somebody wrote, and the page that was made has no field for any more.

        So it is where another has closed meanwhile what this one wanted to close.
        """
        lost = [self.typed[one] for one in self._words if one not in self._shown]
        return [one for one in lost if one.strip() and not one.strip().isdecimal()]

    @property
    def is_right(self) -> bool:
        return not self.errors

    def error(self, name: str) -> str:
        """The sentence beside the field, if there is one."""
        return self.errors.get(name, "")

    def refuse(self, name: str, sentence: str) -> None:
        """Put `sentence` beside the field; the first one stays."""
        self.errors.setdefault(name, sentence)

    def refuse_error(self, error: TrackerError, names: Mapping[str, str] | None = None) -> None:
        """Put a refusal of the rules beside the field it names."""
        field = error.field or "form"
        self.refuse((names or {}).get(field, field), error.message)

    def is_odd_day(self, name: str) -> bool:
        """Whether a date picker would drop what was typed, so that plain text must keep it."""
        typed = self[name]
        return bool(typed) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", typed) is None

    def text(self, name: str, *, needed: str = "", longest: int = LONGEST_TEXT) -> str:
        """What was written, trimmed; `needed` is said where nothing can be seen."""
        if name in self.typed and name not in self._words:
            self._words.append(name)
        return self._said(name, needed=needed, longest=longest)

    def _said(self, name: str, *, needed: str = "", longest: int = LONGEST_TEXT) -> str:
        value = " ".join(self[name].split()) if longest < LONGEST_TEXT else self[name].strip()
        value = "" if is_blank(value) else value
        if needed and not value:
            self.refuse(name, needed)
        if len(value) > longest:
            self.refuse(name, f"Use at most {longest} characters.")
        return value

    def flag(self, name: str) -> bool:
        return self[name] == "yes"

    def answer(self, name: str, *, needed: str = "") -> bool | None:
        """Yes, no, or not said."""
        value = self._said(name, needed=needed)
        return {"yes": True, "no": False}.get(value)

    def choice(self, name: str, kind: type[Choice], *, needed: str = "") -> Choice | None:
        value = self._said(name, needed=needed)
        if not value:
            return None
        try:
            return kind(value)
        except ValueError:
            self.refuse(name, "Choose one of the list.")
            return None

    def number(self, name: str, *, lowest: int = 0, highest: int = 1_000_000) -> Decimal | None:
        """A plain number without unit, from `lowest` to `highest`."""
        if not self[name].strip():
            return None
        try:
            value = check_kept(parse_decimal(self[name]))
        except TrackerError as error:
            self.refuse(name, error.message)
            return None
        if not lowest <= value <= highest:
            self.refuse(name, f"Give a number from {lowest} to {highest}.")
            return None
        return value

    def whole(self, name: str, *, lowest: int = 0, highest: int = 1_000_000) -> int | None:
        value = self.number(name, lowest=lowest, highest=highest)
        if value is None:
            return None
        if value != value.to_integral_value():
            self.refuse(name, f"Give a whole number from {lowest} to {highest}.")
            return None
        return int(value)

    def quantity(self, name: str, kind: Quantity, *, needed: str = "") -> Decimal | None:
        """An amount in the kind's own unit; the unit is typed with it, or chosen beside it."""
        if not self._said(name, needed=needed):
            return None
        try:
            amount = parse_quantity(self[name], kind, unit=self[f"{name}_unit"] or None)
            if amount < 0:
                raise NegativeQuantity("This can't be less than 0.", field=name)
        except TrackerError as error:
            self.refuse(name, error.message)
            return None
        return amount

    def volume(self, name: str, *, needed: str = "") -> Decimal | None:
        """A volume in mL, the one unit of volume on the page."""
        self.typed.setdefault(f"{name}_unit", "mL")
        return self.quantity(name, Quantity.VOLUME, needed=needed)

    def day(self, name: str, *, needed: str = "") -> date | None:
        if not self._said(name, needed=needed):
            return None
        try:
            return parse_day(self[name].strip(), field=name)
        except TrackerError as error:
            self.refuse(name, error.message)
            return None

    def moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        """The instant of `<name>_on` and `<name>_time`; asks which one if it occurs twice."""
        day = self.day(f"{name}_on", needed="Give the day.")
        hour = self._time(f"{name}_time")
        if day is None or hour is None:
            return None
        fold = {"first": 0, "second": 1}.get(self[f"{name}_fold"])
        try:
            return instant(datetime.combine(day, hour), zone, fold=fold)  # naive on purpose
        except AmbiguousLocalTime as error:
            self.twice.add(name)
            self.refuse(f"{name}_fold", error.message)
        except NonexistentLocalTime as error:
            self.refuse(f"{name}_time", error.message)
        return None

    def _time(self, name: str) -> time | None:
        if not self._said(name, needed="Give the time, 24 hours."):
            return None
        try:
            return parse_time(re.sub(r"^(\d\d)(\d\d)$", r"\1:\2", self[name].strip()))
        except TrackerError as error:
            self.refuse(name, error.message)
            return None

    def put_moment(self, name: str, at: datetime, zone: ZoneInfo) -> None:
        """Fill the fields of an instant in, the second showing of an hour marked as such."""
        local = at.astimezone(zone)
        self.typed[f"{name}_on"] = local.date().isoformat()
        self.typed[f"{name}_time"] = f"{local:%H:%M}"
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            self.typed[f"{name}_fold"] = "second" if local.fold else "first"
            self.twice.add(name)

    def put(self, name: str, value: object) -> None:
        """Fill one field in; what isn't recorded leaves it empty."""
        self.typed[name] = "" if value is None else str(value)


def rows_typed(form: Form, stem: str, *, least: int, most: int) -> Iterable[int]:
    """The numbers of the rows a repeated part of the form shows."""
    typed = form[f"{stem}_rows"]
    count = int(typed) if typed.isdecimal() and len(typed) < 3 else least
    return range(max(least, min(count, most)))
