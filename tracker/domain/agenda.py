"""What a calendar elsewhere shows of a watch or a visit: a number and a date, and no more.

A calendar lies outside the house. It has no name, no drug and no diagnosis; the pump's page,
which asks who looks, has the rest.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.danger import Bucket, WatchKind, bucket
from tracker.domain.visit import VisitState
from tracker.domain.wording import write_day

LASTS = timedelta(minutes=30)  # ours: no visit's length is recorded, and a line needs one
FIRST_DAY = date(2026, 1, 1)  # ours: any day before the first line, to count days from
NOTE = (
    "Administrative tool. Not a medical device. Dates are estimates from data entered by "
    "clinic staff; the pump programmer's printed dates and the clinician's judgement take "
    "precedence. This calendar may be hours old: the pump's page has what is known now."
)
WHAT = {WatchKind.REFILL: "Refill", WatchKind.BATTERY: "Pump replacement"}
BY = {WatchKind.REFILL: "Refill by", WatchKind.BATTERY: "Pump replacement: book by"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a calendar: a whole day, or an hour that is booked."""

    uid: str
    summary: str
    starts: date | datetime
    sequence: int  # grows when the line comes to lie elsewhere
    changed_at: datetime
    pump_id: int
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Dated:
    """An open watch of a pump, as far as a calendar is told."""

    watch_id: int
    kind: WatchKind
    pump_id: int
    mrn: str
    danger_at: datetime | None
    moves: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit, by the number of the first one where it was moved."""

    first_id: int
    pump_id: int
    mrn: str
    scheduled_at: datetime
    state: VisitState
    moves: int
    changed_at: datetime
    is_home: bool = False  # the hour is the same line, wherever it is


def lines_of(watch: Dated, zone: ZoneInfo, *, now: datetime) -> list[Entry]:
    """The watch's own day; and today, where that day is over or can't be reckoned.

    Who looks at this week must see what was due in the last: a late date is never only behind.
    """
    found, uid = [], f"watch-{watch.watch_id}"
    on = None if watch.danger_at is None else watch.danger_at.astimezone(zone).date()
    if on is not None:
        found.append(_line(watch, uid, BY[watch.kind], on, watch.moves, watch.changed_at))
    said = _said_today(watch, on, zone, now=now)
    if said:
        today = now.astimezone(zone).date()
        begun = datetime.combine(today, time(), zone)
        sequence = watch.moves + (today - FIRST_DAY).days
        found.append(_line(watch, f"{uid}-today", said, today, sequence, begun))
    return found


def visit_line(visit: Visit) -> Entry:
    """The visit at its hour; one that was cancelled says so, and stays for a while."""
    return Entry(
        f"visit-{visit.first_id}",
        f"Pump visit{' at home' if visit.is_home else ''} - patient {visit.mrn}",
        visit.scheduled_at,
        visit.moves,
        visit.changed_at,
        visit.pump_id,
        is_cancelled=visit.state is VisitState.CANCELLED,
    )


def _said_today(watch: Dated, on: date | None, zone: ZoneInfo, *, now: datetime) -> str:
    what = WHAT[watch.kind]
    if on is None:
        return f"NO DATE for {what.lower()}: look at the pump"
    if bucket(watch.danger_at, now=now, zone=zone) is Bucket.LATE:
        return f"LATE since {write_day(on)}: {what.lower()}"
    return ""


def _line(
    watch: Dated, uid: str, said: str, on: date, sequence: int, changed_at: datetime
) -> Entry:
    summary = f"{said} - patient {watch.mrn}"
    return Entry(uid, summary, on, sequence, changed_at, watch.pump_id)
