"""When a backup is due, which of the old ones stay, and what is missing after one is put back.

A backup is a copy that was read again and found whole; anything else is no backup.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.errors import TrackerError
from tracker.domain.ladder import Ladder
from tracker.domain.position import Anchors, highest_due, step_dues

FORMAT = 1
READ = "tracker-%Y%m%dT%H%M%SZ.backup.gz"


class NoBackup(TrackerError):
    """The file is not a whole backup, or not one that this program can put back."""

    code = "no_backup"


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup says of itself: the version of its tables, its moment, its trail."""

    schema: str
    taken_at: datetime
    trail: str  # the head as `verify-audit --head` takes it


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a backup: its columns with the kind of each, its rows and their digest."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """A backup that was read to its end and found as it was written."""

    header: Header
    tables: tuple[Table, ...]
    digest: str

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


def file_name(taken_at: datetime) -> str:
    """What the file of that moment is called."""
    return taken_at.astimezone(UTC).strftime(READ)


def taken_at_of(name: str) -> datetime | None:
    """The moment that a file's name says; None for a file that isn't one of ours."""
    try:
        return datetime.strptime(f"{name} +0000", f"{READ} %z")
    except ValueError:
        return None


def due_since(hour: time, zone: ZoneInfo, *, now: datetime) -> datetime:
    """The latest moment, at or before `now`, at which a daily backup was due."""
    today = now.astimezone(zone).date()
    at = datetime.combine(today, hour, tzinfo=zone).astimezone(UTC)
    if at > now:
        yesterday = today - timedelta(days=1)
        at = datetime.combine(yesterday, hour, tzinfo=zone).astimezone(UTC)
    return at


def too_many(names: Iterable[str], *, keep: int, made: str) -> list[str]:
    """The files to let go of: of each day the newest stays, of the days the newest `keep`.

    `made` was found whole just now and stays whatever the clock said when it was made.
    """
    moments = {name: at for name in names if (at := taken_at_of(name)) is not None}
    ordered = sorted(moments.items(), key=lambda one: one[1])
    newest = {at.date(): name for name, at in ordered}  # the last of a day takes its place
    kept = {newest[day] for day in sorted(newest, reverse=True)[: max(1, keep)]}
    return sorted(moments.keys() - kept - {made})


def what_is_missing(taken_at: datetime, zone: ZoneInfo) -> str:
    """In words for who works with records that were put back."""
    at = taken_at.astimezone(zone)
    return (
        f"Everything written after {at.day} {at:%b %Y %H:%M} ({zone.key}) is not in these "
        "records: compare them with the printed emergency list, and enter again what was done."
    )


def perhaps_told_to(ladder: Ladder, anchors: Anchors, known: int, *, now: datetime) -> int:
    """The highest step that a patient may have been told of, unknown to the restored records.

    Each that has come due by one of the dates they have held since; `known` is the one so far.
    """
    return max(known, highest_due(step_dues(ladder, anchors), now))


def is_caught_up(next_action_at: datetime, *, restored_at: datetime) -> bool:
    """Whether a watch has been looked at since the records were put back.

    What it would have said between the backup and then was perhaps said: it is planned and let
    go of while nobody has confirmed the records, and else a patient would be told of it twice.
    """
    return next_action_at > restored_at


def age_words(span: timedelta) -> str:
    """How old, rounded up: an old backup is never called young."""
    hours = -(-span // timedelta(hours=1))
    if hours < 48:
        return f"{max(0, hours)} hour{'' if hours == 1 else 's'}"
    return f"{-(-span // timedelta(days=1))} days"


def why_stale(newest_at: datetime | None, *, hours: int, now: datetime) -> str:
    """Why nobody may rely on there being a backup; empty while there is a fresh one."""
    if newest_at is None:
        return "There is no backup yet."
    if now - newest_at <= timedelta(hours=hours):
        return ""
    return f"The newest backup is {age_words(now - newest_at)} old."
