"""What a watch does next on its ladder. Pure, so that every order of events can be tried.

A watch remembers three things: the step it stands on (`cursor`), how often it has spoken
(`round`, which only grows, so that no message key is ever used twice) and when it last spoke.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.ladder import (
    Anchor,
    Ladder,
    Level,
    Step,
    Target,
    ladder_from,
)
from tracker.domain.ladders import default_ladder
from tracker.domain.policy import validate

__all__ = [
    "LOOK_AGAIN",
    "LOOK_AGAIN_NAME",
    "START",
    "Anchor",
    "Anchors",
    "Ladder",
    "Level",
    "Move",
    "Position",
    "Step",
    "Target",
    "default_ladder",
    "ladder_from",
    "next_action",
    "next_move",
    "validate",
]

# A ladder with nothing left to say is looked at again after a week: long enough to cost
# nothing, short enough that a watch is never out of sight. Our proposal.
LOOK_AGAIN = timedelta(days=7)
LOOK_AGAIN_NAME = "look at it again"

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


@dataclass(frozen=True, slots=True)
class Move:
    """What happens now, where the watch then stands, and what comes next."""

    fires: Step | None
    skipped: tuple[int, ...]
    position: Position
    next_action_at: datetime
    next_action: str


def next_move(ladder: Ladder, anchors: Anchors, position: Position, *, now: datetime) -> Move:
    """At most one firing, however long nobody looked; what it jumped over is named.

    `next_action_at` is always later than `now`.
    """
    dues = _dues(ladder, anchors)
    if position.fired_at is not None and position.fired_at > now:
        # the clock was ahead when the watch last spoke; count the silence from here
        position = Position(position.cursor, position.round, now)
    climbed = _climbed(dues, position)
    current = _highest(dues, now)
    fires: Step | None = None
    skipped: tuple[int, ...] = ()
    if current > climbed:
        fires = ladder.steps[current - 1]
        skipped = tuple(k for k in range(climbed + 1, current) if dues[k - 1] is not None)
    elif climbed and _repeat_at(ladder, climbed, position, now) <= now:
        fires = ladder.steps[climbed - 1]
    if fires is not None:
        position = Position(fires.ordinal, position.round + 1, now)
    elif climbed != position.cursor:
        position = Position(climbed, position.round, position.fired_at)
    at, name = _what_next(ladder, dues, position, now + LOOK_AGAIN)
    return Move(fires, skipped, position, at, name)


def next_action(ladder: Ladder, anchors: Anchors, position: Position) -> tuple[datetime, str]:
    """When the watch is to be looked at next, and for which step; it may be in the past.

    For use after a record changed: nothing fires here. An instant in the past means that the
    next tick acts at once.
    """
    dues = _dues(ladder, anchors)
    stands = Position(_climbed(dues, position), position.round, position.fired_at)
    return _what_next(
        ladder, dues, stands, (position.fired_at or anchors.opened_at) + LOOK_AGAIN
    )


def _dues(ladder: Ladder, anchors: Anchors) -> list[datetime | None]:
    """The instant of each step: the earliest of its offsets (DOMAIN rule 6.2 a), if known."""
    start = _short_start(anchors)
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


def _short_start(anchors: Anchors) -> datetime | None:
    """Before this instant nothing is said about a short fill; None for a long one."""
    danger_at, fill_at = anchors.danger_at, anchors.counts_from_at
    if danger_at is None or fill_at is None or danger_at - fill_at >= SHORT_INTERVAL:
        return None
    return max(fill_at, danger_at - SHORT_START)


def _highest(dues: Sequence[datetime | None], now: datetime) -> int:
    """The number of the most urgent step that is due; 0 if none is."""
    for place in range(len(dues), 0, -1):
        due = dues[place - 1]
        if due is not None and due <= now:
            return place
    return 0


def _climbed(dues: Sequence[datetime | None], position: Position) -> int:
    """The step the watch may count as climbed under the dates that hold today.

    A step that had not come due when the watch last spoke was climbed for a date that has
    moved later since: the watch falls back, in silence, and the step comes again in its time.
    """
    if position.fired_at is None or not position.cursor:
        return 0
    return min(position.cursor, _highest(dues, position.fired_at + SAME_DATE))


def _repeat_at(ladder: Ladder, cursor: int, position: Position, now: datetime) -> datetime:
    repeat = ladder.steps[cursor - 1].repeat
    if repeat is None or position.fired_at is None:
        return now + LOOK_AGAIN
    return position.fired_at + repeat


def _what_next(
    ladder: Ladder,
    dues: Sequence[datetime | None],
    position: Position,
    look_again_at: datetime,
) -> tuple[datetime, str]:
    """The earliest of: a later step, the repeat of this one, or else a look after a while."""
    at: datetime | None = None
    name = ""
    cursor = position.cursor
    if cursor and position.fired_at is not None:
        step = ladder.steps[cursor - 1]
        if step.repeat is not None:
            at, name = position.fired_at + step.repeat, step.name
    for place in range(cursor, len(dues)):
        due = dues[place]
        if due is not None and (at is None or due <= at):
            at, name = due, ladder.steps[place].name
    return (look_again_at, LOOK_AGAIN_NAME) if at is None else (at, name)
