"""Which pumps a maker's field-safety notice is about, by model, serial number and dates.

What can't be compared is never taken for untouched: it is said, and somebody looks at the pump.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from tracker.domain.errors import TrackerError
from tracker.domain.risk import RiskClass

SERIAL = re.compile(r"([A-Z]*)(\d+)([A-Z]*)")
BETWEEN = re.compile(r"[\s\-./_]+")  # how a number is grouped on a label is nobody's difference


class NotARecall(TrackerError):
    """A notice that can't be entered, or can't be answered so."""

    code = "not_a_recall"


class RecallClass(StrEnum):
    """How bad it may be, as the authority says: class I may kill or injure (S:72)."""

    ONE = "one"
    TWO = "two"
    THREE = "three"

    @property
    def ladder(self) -> RiskClass:
        """Which of the three ladders of a notice is climbed."""
        return {self.ONE: RiskClass.CRITICAL, self.TWO: RiskClass.HIGH}.get(self, RiskClass.LOW)

    @property
    def answer_within(self) -> timedelta:
        """Ours: a week, a month, a quarter. No source names a time for the clinic's answer."""
        return timedelta(days={self.ONE: 7, self.TWO: 30}.get(self, 90))


class Touch(StrEnum):
    """Whether a notice is about one pump."""

    AFFECTED = "affected"
    UNTOLD = "untold"  # its serial number or age can't be compared: look at the pump
    UNAFFECTED = "unaffected"


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial number in its three parts: letters, number, letters."""

    before: str
    digits: str
    after: str

    @property
    def number(self) -> int:
        return int(self.digits)

    def is_alike(self, other: "Serial") -> bool:
        """Whether the two belong to one series, so that their numbers can be compared.

        The same letters, and as many digits: a series is counted within its own letters.
        """
        mine, theirs = (self.before, len(self.digits)), (other.before, len(other.digits))
        return mine == theirs and self.after == other.after


def plain_serial(typed: str) -> str:
    """A serial number in capitals, without what only groups it."""
    return BETWEEN.sub("", typed).upper()


def parse_serial(typed: str) -> Serial | None:
    """Its parts; None for what isn't letters, number, letters."""
    found = SERIAL.fullmatch(plain_serial(typed))
    return Serial(*found.groups()) if found else None


@dataclass(frozen=True, slots=True)
class Span:
    """From one day to another; an end that isn't known is open."""

    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first and self.last and self.first > self.last:
            raise NotARecall("The first day comes after the last.")

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None

    def holds(self, day: date) -> bool:
        return not (self.first and day < self.first) and not (self.last and day > self.last)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which pumps of its models a notice is about. Nothing said of them: all."""

    first_serial: str = ""
    last_serial: str = ""
    serials: Sequence[str] = ()
    made: Span = Span()
    implanted: Span = Span()

    def __post_init__(self) -> None:
        if bool(self.first_serial) != bool(self.last_serial):
            raise NotARecall("A range has two ends: give both.", field="last_serial")
        if not self.first_serial:
            return
        first, last = parse_serial(self.first_serial), parse_serial(self.last_serial)
        if first is None or last is None:
            raise NotARecall(
                "A range is compared by its number: give letters, digits, letters, such as"
                " NGP123456H, or list the serial numbers one by one.",
                field="first_serial" if first is None else "last_serial",
            )
        if not first.is_alike(last):
            raise NotARecall(
                "The two ends of a range have the same letters and as many digits."
                " Enter each series as a notice of its own.",
                field="last_serial",
            )
        if first.number > last.number:
            raise NotARecall(
                "The first serial number comes after the last.", field="last_serial"
            )

    def touch(self, serial: str, implanted_on: date | None) -> Touch:
        """Whether a pump of one of the models is meant; UNTOLD where that can't be said."""
        if implanted_on is None:
            return self._undated(serial)
        if self.implanted and not self.implanted.holds(implanted_on):
            return Touch.UNAFFECTED
        if self.made.first and implanted_on < self.made.first:
            return Touch.UNAFFECTED  # nobody implants a pump before it is made
        said = self._by_serial(serial)
        if said is not None:
            return said
        # a pump doesn't tell when it was made
        return Touch.UNTOLD if self.made else Touch.AFFECTED

    def _undated(self, serial: str) -> Touch:
        """The same of a pump whose day of implant nobody knows: a day can't rule it out."""
        said = self._by_serial(serial)
        if said is Touch.AFFECTED and self.implanted:
            return Touch.UNTOLD
        return said or (Touch.UNTOLD if self.made or self.implanted else Touch.AFFECTED)

    def _by_serial(self, typed: str) -> Touch | None:
        """What the serial number says; None where the notice names none."""
        if not self.first_serial and not self.serials:
            return None
        wanted, mine = plain_serial(typed), parse_serial(typed)
        listed = {plain_serial(one) for one in self.serials}
        if wanted in listed:
            return Touch.AFFECTED
        if mine is None or any(_may_be(mine, one) for one in listed):
            return Touch.UNTOLD
        return self._in_range(mine)

    def _in_range(self, mine: Serial) -> Touch:
        first, last = parse_serial(self.first_serial), parse_serial(self.last_serial)
        if first is None or last is None:
            return Touch.UNAFFECTED
        if not mine.is_alike(first):
            return Touch.UNTOLD
        is_within = first.number <= mine.number <= last.number
        return Touch.AFFECTED if is_within else Touch.UNAFFECTED


def _may_be(mine: Serial, listed: str) -> bool:
    """Whether a listed number could be this pump's, written with other letters or zeros."""
    other = parse_serial(listed)
    return other is not None and other.number == mine.number


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallFacts:
    """A notice as its paper states it."""

    authority: str
    reference: str
    title: str
    issued_on: date | None
    klass: RecallClass
    models: tuple[str, ...]
    scope: Scope
    action: str
    letter: str = ""
    source: str = ""

    def as_columns(self) -> dict[str, Any]:
        """What a row keeps of it, but for the models."""
        return {
            "authority": self.authority,
            "reference": self.reference,
            "title": self.title,
            "issued_on": self.issued_on,
            "klass": self.klass,
            "first_serial": plain_serial(self.scope.first_serial),
            "last_serial": plain_serial(self.scope.last_serial),
            "serials": [plain_serial(one) for one in self.scope.serials],
            "made_from_on": self.scope.made.first,
            "made_until_on": self.scope.made.last,
            "implanted_from_on": self.scope.implanted.first,
            "implanted_until_on": self.scope.implanted.last,
            "action": self.action,
            "letter": self.letter,
            "source": self.source,
        }
