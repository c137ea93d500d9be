"""The list behind a figure as a table, and what many of them say alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.domain.waits import Waits
from tracker.models import Pump
from tracker.web.columns_picture import Drawing
from tracker.web.filters import took

WHO = ("Patient", "Pump")


@dataclass(frozen=True, slots=True)
class Row:
    """One case; with a pump its first cell leads to it."""

    cells: tuple[object, ...]
    pump_id: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The list behind a figure, and in `facts` what it comes to."""

    heads: tuple[str, ...]
    rows: Sequence[Row]
    facts: Sequence[tuple[str, str]] = ()
    picture: tuple[Drawing, ...] = ()
    caption: str = ""


def named(pump: Pump) -> tuple[str, str]:
    """A patient and their pump, as a list names them."""
    one = pump.patient
    return f"{one.family_name}, {one.given_name}", pump.serial


def said_waits(what: str, found: Waits) -> list[tuple[str, str]]:
    """The times that passed, and how many have not come to an end; nothing of nothing."""
    if not found.whole:
        return []
    if not found.over:
        return [(what, f"none of {found.whole}")]
    said = f"{found.over} of {found.whole}; the middle {took(found.middle)}"
    most = f"nine of ten within {took(found.nine_of_ten)}, the longest {took(found.longest)}"
    return [(what, f"{said}, {most}")]
