"""Days that pass: the ticks at which something is due."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tracker.db import reading
from tracker.jobs import tick
from tracker.jobs.sessions import Sessions
from tracker.services.heartbeats import look

HOUR = timedelta(hours=1)


def live(
    sessions: Sessions,
    start: datetime,
    end: datetime,
    every: timedelta = HOUR,
    *,
    then: Callable[[datetime], object] | None = None,
) -> None:
    """Tick every so often from `start` to `end`, and have `then` done after each tick.

    Between the first and the last, only ticks that find something due: one that finds nothing
    by its look takes nothing up, and the same look says when the next one will.
    """
    last = start + (end - start) // every * every
    at = start
    while at <= last:
        tick(sessions, now=at, host="h")
        if then is not None:
            then(at)
        beats = max(
            1, -((at - _due(sessions, or_unsent=then is not None, else_at=last)) // every)
        )
        at = last if at < last < at + beats * every else at + beats * every


def _due(sessions: Sessions, *, or_unsent: bool, else_at: datetime) -> datetime:
    """When the next watch, held or claimed message is due; with a sender, any message."""
    with reading(sessions) as session:
        found = look(session)
    return min(found.dues(is_sending=or_unsent), default=else_at)
