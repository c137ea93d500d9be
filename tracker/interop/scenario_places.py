"""The objects of a scenario file, read strictly: each fault is named with its place."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from tracker.domain.calendar import instant
from tracker.domain.errors import TrackerError
from tracker.domain.units import parse_decimal

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST_DAYS = Decimal(10**9)
MOST_PLACES = 100  # beyond this a number is a fault, and exact arithmetic with it never ends
WALL_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", re.ASCII)


class BrokenScenario(TrackerError):
    """A file that is not a scenario; the message names the place."""

    code = "broken_scenario"


def broken(place: str, what: str) -> NoReturn:
    raise BrokenScenario(f"{place}: {what}")


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall time in its zone, not yet an instant."""

    local: datetime
    zone: ZoneInfo
    fold: int | None

    def instant(self) -> datetime:
        """The instant in UTC; refuses what doesn't exist or occurs twice."""
        return instant(self.local, self.zone, fold=self.fold)


@dataclass(frozen=True, slots=True)
class Place:
    """An object of the file and where it stands."""

    value: Mapping[str, Any]
    path: str

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        return self.value.get(key) is not None

    def need(self, key: str) -> Any:
        if not self.has(key):
            broken(self.at(key), "is missing")
        return self.value[key]

    def text(self, key: str) -> str:
        found = self.need(key)
        if not isinstance(found, str):
            broken(self.at(key), "a text is expected")
        if any("\ud800" <= letter <= "\udfff" for letter in found):
            broken(self.at(key), "half a letter stands in this text")
        return found

    def objects(self, key: str) -> list["Place"]:
        found = self.need(key)
        if not isinstance(found, list):
            broken(self.at(key), "a list is expected")
        places = []
        for index, one in enumerate(found):
            path = f"{self.at(key)}[{index}]"
            if not isinstance(one, Mapping):
                broken(path, "an object is expected")
            places.append(Place(one, path))
        return places

    def number(self, key: str) -> Decimal:
        """A number from zero on, given as a text or as a JSON number."""
        found = self.need(key)
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
            broken(self.at(key), "a number is expected, as a text")
        try:
            number = parse_decimal(found) if isinstance(found, str) else Decimal(found)
        except TrackerError as wrong:
            broken(self.at(key), wrong.message)
        if number < 0:
            broken(self.at(key), "an amount can't be below zero")
        if number and abs(number.adjusted()) + len(number.as_tuple().digits) > MOST_PLACES:
            broken(self.at(key), "no pump is set to so large or so fine a number")
        return number

    def above_zero(self, key: str) -> Decimal:
        number = self.number(key)
        if not number:
            broken(self.at(key), "an amount above zero is expected")
        return number

    def perhaps(self, key: str) -> Decimal | None:
        return self.number(key) if self.has(key) else None

    def days(self, key: str) -> Decimal | None:
        number = self.perhaps(key)
        if number is not None and number > LONGEST_DAYS:
            broken(self.at(key), "so many days can't be counted")
        return number

    def yes(self, key: str) -> bool:
        found = self.value.get(key, False)
        if not isinstance(found, bool | None):
            broken(self.at(key), "true or false is expected")
        return bool(found)

    def zone(self, key: str) -> ZoneInfo:
        name = self.text(key)
        try:
            return ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            broken(self.at(key), f"“{name}” is not a time zone that is known")

    def fold(self, key: str) -> int | None:
        found = self.value.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or found not in (0, 1, "0", "1"):
            broken(self.at(key), "0 (the first pass) or 1 (the second) is expected")
        return int(found)

    def moment(self, key: str, zone: ZoneInfo, fold: str) -> Moment:
        text = self.text(key)
        try:
            local = datetime.fromisoformat(text) if WALL_TIME.fullmatch(text) else None
        except ValueError:
            local = None
        if local is None:
            broken(self.at(key), f"“{text}” is not a wall time like 2026-03-12T09:30")
        return Moment(local, zone, self.fold(fold))

    def entries(self, key: str) -> list[tuple[str, Any]]:
        """The members of a list of plain values, each with its place."""
        found = self.need(key)
        if not isinstance(found, list):
            broken(self.at(key), "a list is expected")
        return [(f"{self.at(key)}[{index}]", one) for index, one in enumerate(found)]


def weekday_reader(document: Mapping[str, Any]) -> Callable[[str, Any], int]:
    """How this document writes weekdays: by name, 0 to 6 from Monday, or 1 to 7 from Monday.

    A 0 anywhere in the file means that it counts from 0. Without one it counts from 1, as
    ISO 8601 does: 1 to 5 are Monday to Friday.
    """
    numbers = {
        str(one)
        for case in document.get("cases", [])
        if isinstance(case, Mapping) and isinstance(case.get("open_weekdays"), list)
        for one in case["open_weekdays"]
    }
    first = 0 if "0" in numbers else 1

    def weekday(path: str, value: Any) -> int:
        if isinstance(value, str) and len(value) >= 2:
            for number, name in enumerate(WEEKDAYS):
                if name.startswith(value.casefold()):
                    return number
        if str(value) in {str(one) for one in range(first, first + 7)}:
            return int(value) - first
        broken(path, "a weekday is expected: mon to sun, or a number from Monday on")

    return weekday
