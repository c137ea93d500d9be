"""Whether anybody may rely on the watch at this moment."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.models import Heartbeat


def problems(session: Session, *, stale_seconds: int, now: datetime) -> list[str]:
    """Why nobody should rely on the watch just now, in sentences; empty while it is kept."""
    last = session.scalar(select(Heartbeat).order_by(Heartbeat.id.desc()).limit(1))
    return problems_of(last, stale_seconds=stale_seconds, now=now)


def problems_of(last: Heartbeat | None, *, stale_seconds: int, now: datetime) -> list[str]:
    """The same, where the last heartbeat has been read already.

    A breach that the audit found is not among them: it is an alarm of its own, to people.
    """
    if last is None:
        return ["The scheduler has never run."]
    age = int((now - last.ticked_at).total_seconds())
    found = []
    if age > stale_seconds:
        found.append(f"The scheduler's last tick was {age} seconds ago.")
    if age < -stale_seconds:
        found.append("The scheduler's last tick lies in the future: a clock is wrong.")
    return found + [f"The last tick failed in part: {fault}" for fault in last.faults]
