"""What a workbook costs before it is opened: a small file can spread over all memory.

A program that reads workbooks makes a cell of each place that a merged area, a link or a remark
covers. Five kilobytes that merge a whole sheet held it up for good.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.parsers import expat  # nosec B407 - it only counts, and stops where entities begin

# Ours: cells, their values and texts are elements; a thousand patients of fifty columns have
# half as many.
MOST_ELEMENTS = 400_000
MOST_SPREAD = 100_000  # ours: cells that stand for others, in all areas together
SPREADING = {"mergeCell", "hyperlink", "comment"}
AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})")
BETWEEN = "|"  # which expat puts between the house of a name and the name


class TooCostly(ValueError):
    """The workbook would take more than there is."""


class OwnEntities(ValueError):
    """A part declares a document type: it wants to be expanded."""


class Weighing:
    """Counts part after part. Raises TooCostly or OwnEntities at the place where it is so."""

    def __init__(self) -> None:
        self._elements = self._spread = 0

    def weigh(self, part: bytes) -> None:
        """Read one part; what is no XML ends it, as it will for whoever reads it after us."""
        with _ended_by_a_slip():
            reader = expat.ParserCreate(namespace_separator=BETWEEN)
            reader.StartElementHandler = self._element
            reader.StartDoctypeDeclHandler = self._type
            reader.Parse(part, True)

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if name.rpartition(BETWEEN)[2] in SPREADING:
            self._spread += _cells(attributes.get("ref", ""))
        if self._elements > MOST_ELEMENTS or self._spread > MOST_SPREAD:
            raise TooCostly

    def _type(self, *_: Any) -> None:
        raise OwnEntities


@contextmanager
def _ended_by_a_slip() -> Iterator[None]:
    try:
        yield
    except expat.ExpatError:
        return


def _cells(area: str) -> int:
    """How many cells an area covers, one for a single place."""
    found = AREA.fullmatch(area.upper().strip())
    if found is None:  # a single place, or whole columns, which nobody merges or links
        return MOST_SPREAD + 1 if ":" in area else 1
    left, top, right, bottom = found.groups()
    wide, high = _column(right) - _column(left), int(bottom) - int(top)
    return (abs(wide) + 1) * (abs(high) + 1)


def _column(letters: str) -> int:
    number = 0
    for one in letters:
        number = number * 26 + ord(one) - ord("A") + 1
    return number
