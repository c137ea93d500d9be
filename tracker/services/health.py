"""Whether anybody may rely on the watch at this moment."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.models import Heartbeat
from tracker.services.heartbeats import last_ping

LONGEST_UNTOLD = timedelta(minutes=10)  # ours: ten ticks; a passing fault is over by then


def problems(
    session: Session, *, stale_seconds: int, pings: bool = False, now: datetime
) -> list[str]:
    """Why nobody should rely on the watch just now, in sentences; empty while it is kept.

    `pings` says that somebody outside is to be told of each audit that has passed.
    """
    last = session.scalar(select(Heartbeat).order_by(Heartbeat.id.desc()).limit(1))
    found = problems_of(last, stale_seconds=stale_seconds, now=now)
    if not pings or last is None:
        return found
    at = last_ping(session)
    if at is None:
        return [*found, "Nobody outside has ever been told that the watch is kept."]
    if now - at > LONGEST_UNTOLD:
        minutes = int((now - at).total_seconds()) // 60
        return [*found, f"Nobody outside has been told for {minutes} minutes."]
    return found


def _span(seconds: int) -> str:
    """In the largest unit of which there are two, rounded down."""
    for unit, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} seconds"


def problems_of(last: Heartbeat | None, *, stale_seconds: int, now: datetime) -> list[str]:
    """The same, where the last heartbeat has been read already.

    A breach that the audit found is not among them: it is an alarm of its own, to people. But
    a clock that jumped is, for then no date on the page can be relied on.
    """
    if last is None:
        return ["The scheduler has never run."]
    age = int((now - last.ticked_at).total_seconds())
    found = []
    if age > stale_seconds:
        found.append(f"The scheduler's last tick was {_span(age)} ago.")
    if age < -stale_seconds:
        found.append("The scheduler's last tick lies in the future: a clock is wrong.")
    found += [one["sentence"] for one in last.breaches if one["promise"] == "clock"]
    return found + [f"The last tick failed in part: {fault}" for fault in last.faults]
