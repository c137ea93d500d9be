"""An incident report: one watch from its opening to its evidence, told moment by moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: when, what in a few words, who did it, and what else is known.

    `was_at` is when it was so, where it was written down at another time.
    """

    at: datetime
    what: str
    who: str = ""
    lines: tuple[str, ...] = ()
    was_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncidentReport:
    """The whole of it, as a page and a printout show it: facts above, moments below."""

    title: str
    clinic: str
    zone: ZoneInfo
    made_at: datetime
    made_by: str
    facts: tuple[tuple[str, str], ...]
    moments: tuple[Moment, ...]


def first_after(moments: Sequence[datetime], begin: datetime) -> timedelta | None:
    """How long after `begin` the first of `moments` came; None where none did."""
    return min((one - begin for one in moments if one >= begin), default=None)


def say_span(span: timedelta | None, *, never: str) -> str:
    """A time that passed, in the two largest units that say something: 3 days 4 hours."""
    if span is None:
        return never
    minutes = int(span.total_seconds()) // 60
    parts = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(said[:2]) or "less than a minute"
