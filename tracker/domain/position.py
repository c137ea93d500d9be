"""Where a watch stands on its ladder, and when each step is due under the dates of today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.ladder import Anchor, Ladder, Level

# DOMAIN rule 6.2 b, our proposal: a fill that lasts less than 30 days starts 7 days before.
SHORT_INTERVAL = timedelta(days=30)
SHORT_START = timedelta(days=7)

# A date that moves by less than a day is the same date: nobody is told twice for the sake of
# some hours, nor because a clock was put back.
SAME_DATE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Anchors:
    """What the steps are counted from; all but the opening may be unknown."""

    danger_at: datetime | None
    dry_at: datetime | None
    opened_at: datetime
    counts_from_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a watch stands: step 0 is before the first one."""

    cursor: int
    round: int
    fired_at: datetime | None


START = Position(0, 0, None)


def step_dues(ladder: Ladder, anchors: Anchors) -> list[datetime | None]:
    """The instant of each step: the earliest of its offsets (DOMAIN rule 6.2 a), if known."""
    start = _short_fill_start(anchors)
    danger_at, dry_at, opened_at = anchors.danger_at, anchors.dry_at, anchors.opened_at
    dues: list[datetime | None] = []
    for step in ladder.steps:
        due: datetime | None = None
        is_counted_back = False
        for anchor, offset in step.offsets:
            if anchor is Anchor.DANGER:
                base, is_counted_back = danger_at, True
            else:
                base = dry_at if anchor is Anchor.DRY else opened_at
            if base is not None:
                at = base + offset
                if due is None or at < due:
                    due = at
        if (
            start is not None
            and due is not None
            and is_counted_back
            and due < start
            and step.level is not Level.URGENT  # urgency is never skipped in silence
        ):
            due = None
        dues.append(due)
    return dues


def _short_fill_start(anchors: Anchors) -> datetime | None:
    """Before this instant nothing is said about a short fill; None for a long one."""
    danger_at, fill_at = anchors.danger_at, anchors.counts_from_at
    if danger_at is None or fill_at is None or danger_at - fill_at >= SHORT_INTERVAL:
        return None
    return max(fill_at, danger_at - SHORT_START)


def highest_due(dues: Sequence[datetime | None], now: datetime) -> int:
    """The number of the most urgent step that is due; 0 if none is."""
    for place in range(len(dues), 0, -1):
        due = dues[place - 1]
        if due is not None and due <= now:
            return place
    return 0


def climbed_step(dues: Sequence[datetime | None], position: Position) -> int:
    """The step the watch may count as climbed under the dates that hold today.

    A step that had not come due when the watch last spoke was climbed for a date that has
    moved later since: the watch falls back, in silence, and the step comes again in its time.
    """
    if position.fired_at is None or not position.cursor:
        return 0
    return min(position.cursor, highest_due(dues, position.fired_at + SAME_DATE))
