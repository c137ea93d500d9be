"""A sheet as rows of cells, wherever it came from."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError

BLANKS = " \t\r\n\f\v\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}"
ERRORS = frozenset(
    {"#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
    | {"#BEZUG!", "#WERT!", "#ZAHL!", "#NV", "#GETTING_DATA", "#FIELD!", "#BLOCKED!"}
)
NOT_GIVEN = frozenset(
    {
        "n/a",
        "nan",
        "na",
        "n.a.",
        "n/k",
        "none",
        "nil",
        "null",
        "not applicable",
        "not known",
        "not set",
    }
    | {"unknown", "-", "--", "---", "–", "—", ".", "/", "x", "k.a.", "ka", "keine", "keiner"}
    | {"kein", "unbekannt", "entfällt", "keine angabe", "nicht bekannt", "not recorded"}
)
UNSURE = re.compile(
    r"(tb[cda]( .*)?|t\.b\.[cda]\.?|\?+|see (notes?|comments?|chart|file|letter)|pending"
    r"|ask\b.*|siehe .*|s\. ?(akte|notiz|bem\w*\.?)|offen|folgt|ausstehend|to (be|follow).*"
    r"|check( .*)?|\.\.\.|…)",
    re.IGNORECASE,
)


class UnreadableSheet(TrackerError):
    """A file of which no row can be read, or not before somebody has answered a question."""

    code = "unreadable_sheet"


class Kind(Enum):
    EMPTY = auto()
    TEXT = auto()
    NUMBER = auto()
    MOMENT = auto()
    ERROR = auto()
    UNCALCULATED = auto()
    OTHER = auto()  # true or false, or a length of time


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what it shows, and the number or the date that lies beneath it."""

    kind: Kind = Kind.EMPTY
    text: str = ""
    number: Decimal | None = None
    moment: datetime | None = None

    @property
    def is_not_given(self) -> bool:
        """Somebody wrote that there is nothing to write."""
        return self.kind is Kind.TEXT and self.text.casefold() in NOT_GIVEN

    @property
    def is_unsure(self) -> bool:
        """Somebody wrote that it is not known yet."""
        return self.kind is Kind.TEXT and UNSURE.fullmatch(self.text) is not None


EMPTY = Cell()


def text_cell(text: str) -> Cell:
    """What was typed, without blanks around it; what looks like a formula is text."""
    plain = trimmed(text)
    if is_blank(plain):
        return EMPTY
    return Cell(Kind.ERROR if plain.upper() in ERRORS else Kind.TEXT, plain)


def trimmed(text: str) -> str:
    """The text without blanks of any kind around it, no-break ones too."""
    plain = "".join(" " if unicodedata.category(one) == "Zs" else one for one in text)
    return plain.strip(BLANKS)


@dataclass(frozen=True, slots=True)
class Row:
    """One row by its number, struck through or not; `broken` says why it has no cells."""

    number: int
    cells: tuple[Cell, ...]
    is_hidden: bool = False
    is_struck: bool = False
    broken: str = ""

    def at(self, place: int) -> Cell:
        return self.cells[place] if place < len(self.cells) else EMPTY

    @property
    def is_blank(self) -> bool:
        return not self.broken and all(one.kind is Kind.EMPTY for one in self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """All rows of one sheet, and how it was read; `epoch` is day 0 of a workbook's dates."""

    rows: tuple[Row, ...]
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    epoch: datetime | None = None

    def row(self, number: int) -> Row | None:
        return next((one for one in self.rows if one.number == number), None)
