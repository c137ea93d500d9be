"""The report of the day and of the week: when it is due, when the next one comes, what it says.

It is sent also when nothing is open, so that its absence means something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from tracker.domain.calendar import OpenDays
from tracker.domain.danger import WatchKind
from tracker.domain.quiet import at_local

DAY, WEEK = timedelta(days=1), 7
AHEAD = timedelta(days=14)  # ours: how far ahead closed days and gaps of the rota are named
FURTHEST = 366  # days in which the next open day is looked for
SHOWN = 20  # lines of one part; ours: what is more is counted, and stands on the page it names


class Wish(StrEnum):
    """How often somebody wants the report."""

    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


# How a line of the report names a watch, where the bare kind would be a program's word.
NAMES = {
    WatchKind.NO_DATA: "a record is missing",
    WatchKind.MISMATCH: "dates differ",
    WatchKind.DISCREPANCY: "residual far off",
    WatchKind.DISPUTE: "refill disputed",
    WatchKind.ENDING: "end of a pump unconfirmed",
    WatchKind.STOPPED: "stopped pump",
    WatchKind.UNDELIVERABLE: "can't be reached",
    WatchKind.CALL: "call not made",
    WatchKind.ACCESS: "opened by another clinic",
    WatchKind.TRANSFER: "handover undecided",
    WatchKind.INTERROGATION: "interrogation after MRI",
    WatchKind.ASSESSMENT: "suspected pocket fill",
    WatchKind.RAISED_FLOW: "flow may be raised",
    WatchKind.REVIEW: "regular review",
    WatchKind.RECALL: "field-safety notice",
    WatchKind.ORDER: "drug order",
}


@dataclass(frozen=True, slots=True)
class Hours:
    """When a clinic's reports are sent: its hour, and the weekday of the weekly one."""

    at: time
    weekday: int
    days: OpenDays

    def day_is_due(self, reported_on: date | None, *, now: datetime) -> bool:
        """Whether the report of today is to be sent: on an open day, from its hour on."""
        return self._has_come(now=now) and reported_on != self.today(now=now)

    def week_is_due(self, reported_on: date | None, *, now: datetime) -> bool:
        """Whether that of the week is: on its weekday, or the first open day after it.

        So one that an outage or a closed day kept back comes once, as it then is.
        """
        today = self.today(now=now)
        begins = today - DAY * ((today.weekday() - self.weekday) % WEEK)
        is_missing = reported_on is None or reported_on < begins
        is_of_the_future = reported_on is not None and reported_on > today  # by a wrong clock
        return self._has_come(now=now) and (is_missing or is_of_the_future)

    def next_after(self, wish: Wish, *, now: datetime) -> datetime | None:
        """When the next one comes after one that is sent today; None within a year never."""
        day = self.today(now=now) + DAY
        if wish is Wish.WEEKLY:
            day += DAY * ((self.weekday - day.weekday()) % WEEK)
        coming = (day + DAY * ahead for ahead in range(FURTHEST))
        found = next((one for one in coming if self.days.is_open(one)), None)
        return None if found is None else at_local(found, self.at, self.days.zone)

    def today(self, *, now: datetime) -> date:
        return now.astimezone(self.days.zone).date()

    def _has_come(self, *, now: datetime) -> bool:
        today = self.today(now=now)
        return self.days.is_open(today) and at_local(today, self.at, self.days.zone) <= now


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to be seen to. `who` says it by initials, for a mail; `name` for a page."""

    text: str
    who: str = ""
    name: str = ""
    pump_id: int | None = None
    patient_id: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One heading of a report: its lines, and what is said where there are none."""

    title: str
    none: str
    lines: Sequence[Line] = ()
    is_open: bool = True  # something that has to be seen to; closed days are not
    page: str = ""  # where all of it stands

    @property
    def shown(self) -> Sequence[Line]:
        return self.lines[:SHOWN]

    @property
    def more(self) -> int:
        """How many lines are counted and not shown."""
        return max(0, len(self.lines) - SHOWN)


@dataclass(frozen=True, slots=True)
class Beside:
    """One figure of the week beside that of the week before."""

    name: str
    this: str
    before: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a clinic is told at one moment."""

    made_at: datetime
    days: OpenDays
    next_at: datetime | None
    passed_at: datetime | None  # the last audit that passed
    ticked_at: datetime | None  # the last audit of all
    wrong: tuple[str, ...]  # why the newest one did not pass
    parts: tuple[Part, ...]
    week: tuple[Beside, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether there was an audit, and the newest found nothing wrong here."""
        return self.ticked_at is not None and not self.wrong

    @property
    def open_parts(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.is_open and part.lines)

    @property
    def is_all_well(self) -> bool:
        """Whether the audit passed and nothing of what is looked for is open."""
        return self.has_passed and not self.open_parts

    @property
    def sentence(self) -> str:
        """The whole in one sentence, what is worst first."""
        if not self.has_passed:
            return (
                "The program's own audit did not pass: rely on the printed list, not on this."
            )
        if self.is_all_well:
            return "All is well, as far as the records show: nothing below waits for anybody."
        return "; ".join(f"{part.title}: {len(part.lines)}" for part in self.open_parts) + "."
