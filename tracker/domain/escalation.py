"""What a watch does next on its ladder. Pure, so that every order of events can be tried.

A watch remembers three things: the step it stands on (`cursor`), how often it has spoken
(`round`, which only grows, so that no message key is ever used twice) and when it last spoke.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.ladder import Anchor, Ladder, Level, Step, Target, ladder_from
from tracker.domain.ladders import default_ladder
from tracker.domain.policy import validate
from tracker.domain.position import (
    START,
    Anchors,
    Position,
    climbed_step,
    highest_due,
    not_ahead,
    step_dues,
)

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
    "Settled",
    "Step",
    "Target",
    "default_ladder",
    "ladder_from",
    "next_move",
    "resettle",
    "validate",
]

# A ladder with nothing left to say is looked at again after a week: long enough to cost
# nothing, short enough that a watch is never out of sight. Our proposal.
LOOK_AGAIN = timedelta(days=7)
LOOK_AGAIN_NAME = "look at it again"


@dataclass(frozen=True, slots=True)
class Move:
    """What happens now, where the watch then stands, and what comes next."""

    fires: Step | None
    skipped: tuple[int, ...]
    position: Position
    next_action_at: datetime
    next_action: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Where a watch stands after its dates moved, and what comes next."""

    position: Position
    level: Level
    next_action_at: datetime
    next_action: str


def next_move(ladder: Ladder, anchors: Anchors, position: Position, *, now: datetime) -> Move:
    """At most one firing, however long nobody looked; what it jumped over is named.

    `next_action_at` is always later than `now`.
    """
    dues = step_dues(ladder, anchors)
    position = not_ahead(position, now=now)
    climbed = climbed_step(dues, position)
    current = highest_due(dues, now)
    fires: Step | None = None
    skipped: tuple[int, ...] = ()
    if current > climbed:
        fires = ladder.steps[current - 1]
        skipped = tuple(k for k in range(climbed + 1, current) if dues[k - 1] is not None)
    elif climbed and _repeat_at(ladder, climbed, position, now=now) <= now:
        fires = ladder.steps[climbed - 1]
    if fires is not None:
        position = Position(fires.ordinal, position.round + 1, now)
    elif climbed != position.cursor:
        position = Position(climbed, position.round, position.fired_at)
    at, name = _what_next(ladder, dues, position, now + LOOK_AGAIN)
    return Move(fires, skipped, position, at, name)


def resettle(ladder: Ladder, anchors: Anchors, position: Position, *, now: datetime) -> Settled:
    """Where the watch stands after a record moved its dates, and what is next; nothing fires.

    What is due already is named at `now`: the next tick does it.
    """
    dues = step_dues(ladder, anchors)
    position = not_ahead(position, now=now)
    cursor = climbed_step(dues, position)
    position = Position(cursor, position.round, position.fired_at)
    current = highest_due(dues, now)
    if current > cursor:
        at, name = now, ladder.steps[current - 1].name
    else:
        at, name = _what_next(ladder, dues, position, now + LOOK_AGAIN)
    return Settled(position, ladder.level_at(cursor), max(at, now), name)


def _repeat_at(ladder: Ladder, cursor: int, position: Position, *, now: datetime) -> datetime:
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
