"""A patient who is away over refill-by: until when they can come, and who is told early.

An absence moves no date. Staff are told of what would come while the patient is away before
they leave, and again in its own time; the patient hears of each step once, in its own time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tracker.domain.calendar import DAY, OpenDays
from tracker.domain.ladder import Anchor, Ladder
from tracker.domain.planning import SOON_AFTER, Span
from tracker.domain.position import Anchors, Position


@dataclass(frozen=True, slots=True)
class Leaving:
    """The last open day on which somebody is here, and the days away that come after it."""

    last_on: date
    away: Span


def leaving(refill_by_on: date, away: Iterable[Span], open_days: OpenDays) -> Leaving | None:
    """The last day before the absence that reaches over refill-by, or ends shortly before it.

    None where none does. One that ends shortly before the next one begins is counted with it.
    """
    spans, day, found = list(away), refill_by_on, None
    while span := next((one for one in spans if _holds_up(one, day)), None):
        day = open_days.days_before(span.first - DAY, 0)
        found = Leaving(day, span)
    return found


def _holds_up(span: Span, day: date) -> bool:
    return span.first <= day <= span.last + SOON_AFTER


def due_early(
    ladder: Ladder,
    anchors: Anchors,
    heard: Sequence[datetime | None],
    position: Position,
    *,
    now: datetime,
) -> int:
    """The number of the newest step that is told before its time, unless it has been; or 0."""
    told_at = position.fired_at
    passed = [
        place
        for place, at in _early(ladder, anchors, heard, now=now)
        if at <= now and (told_at is None or told_at < at)
    ]
    return max(passed, default=0)


def next_early(
    ladder: Ladder, anchors: Anchors, heard: Sequence[datetime | None], *, now: datetime
) -> tuple[datetime, str] | None:
    """When a step is told before its time next, and its name."""
    ahead = [
        (at, ladder.steps[place - 1].name)
        for place, at in _early(ladder, anchors, heard, now=now)
        if at > now
    ]
    return min(ahead, default=None)


def _early(
    ladder: Ladder, anchors: Anchors, heard: Sequence[datetime | None], *, now: datetime
) -> Iterator[tuple[int, datetime]]:
    """The steps to staff that ask for a visit, each as long before the patient leaves.

    Not before anybody knew that they would.
    """
    leaves_at, known_at = anchors.leaves_at, anchors.leaving_known_at
    if leaves_at is None or known_at is None:
        return
    for step, due in zip(ladder.steps, heard, strict=True):
        offset = dict(step.offsets).get(Anchor.DANGER)
        is_asking = step.asks_to_book and not step.is_outside
        if due is not None and due > now and is_asking and offset is not None:
            yield step.ordinal, max(known_at, min(due, leaves_at + offset))
