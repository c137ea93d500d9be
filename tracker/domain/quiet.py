"""Quiet hours: they hold a message until they end, and never drop one."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def quiet_until(zone: ZoneInfo, starts: time, ends: time, *, now: datetime) -> datetime | None:
    """The local end of the quiet hours that hold at `now`; None if it is not quiet.

    They may span midnight. Equal times mean that there are none.
    """
    if starts == ends:
        return None
    today = now.astimezone(zone).date()
    for day in (today - DAY, today):
        begin = at_local(day, starts, zone)
        end = at_local(day if starts < ends else day + DAY, ends, zone)
        if begin <= now < end:
            return end.astimezone(zone)
    return None


def at_local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a local time: a skipped one moves forward, of two it is the first."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def may_wait(
    until: datetime, danger_at: datetime | None, later_steps: Iterable[datetime | None]
) -> bool:
    """Whether a notice to staff loses nothing by waiting so long: no date and no step comes."""
    dates = (danger_at, *later_steps)
    return all(until < one for one in dates if one is not None)
