"""What a watch does next on its ladder. Pure, so that every order of events can be tried.

A watch remembers three things: the step it stands on (`cursor`), how often it has spoken
(`round`, which only grows, so that no message key is ever used twice) and when it last spoke.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.hush import LOUD, Booking, Hush, next_end
from tracker.domain.ladder import Anchor, Ladder, Level, Step, Target, ladder_from
from tracker.domain.ladders import default_ladder
from tracker.domain.leaving import due_early, next_early
from tracker.domain.moment import Moment, moment_of
from tracker.domain.policy import validate
from tracker.domain.position import (
    START,
    Anchors,
    Position,
    climbed_step,
    not_ahead,
    step_dues,
)

__all__ = [
    "LOOK_AGAIN",
    "LOOK_AGAIN_NAME",
    "LOUD",
    "START",
    "Anchor",
    "Anchors",
    "Booking",
    "Hush",
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
HUSH_ENDS_NAME = "speak again: what kept it quiet is over"


@dataclass(frozen=True, slots=True)
class Move:
    """What happens now, where the watch then stands, and what comes next.

    `to_patient` is said beside `fires`: a step of the patient's that a visit had kept quiet.
    """

    fires: Step | None
    skipped: tuple[int, ...]
    position: Position
    next_action_at: datetime
    next_action: str
    ends_silence: str = ""  # why a silence that was in force is over
    to_patient: Step | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """Where a watch stands after its dates moved, and what comes next."""

    position: Position
    level: Level
    next_action_at: datetime
    next_action: str


def next_move(
    ladder: Ladder, anchors: Anchors, position: Position, hush: Hush = LOUD, *, now: datetime
) -> Move:
    """At most one firing, however long nobody looked; what it jumped over is named.

    `next_action_at` is always later than `now`. Where a silence ends, or the morning after a
    visit comes without a refill, the watch speaks at once, and not at its next repeat. After a
    visit that came to nothing staff are told, and of what it kept from the patient the newest
    step is said to the patient as well. Before a patient leaves, staff are told early.
    """
    seen = moment_of(ladder, anchors, position, hush, now=now)
    fires, to_patient = _what_speaks(seen)
    position = _position_after(seen, fires)
    # a step told before its time, the morning after a visit, comes again in its time
    stands = Position(climbed_step(seen.dues, position), position.round, position.fired_at)
    if fires is not None and (seen.is_reopened or seen.is_called_off):
        to_patient = _overtaken(seen, fires, until=stands.cursor)
    at, name = _what_comes(seen, stands)
    back_at = _comes_back_at(fires, stands, now=now)
    if back_at is not None and back_at < at:
        at, name = back_at, LOOK_AGAIN_NAME
    skipped = _skipped(seen, to_patient)
    return Move(fires, skipped, position, at, name, seen.broken, to_patient)


def resettle(
    ladder: Ladder, anchors: Anchors, position: Position, hush: Hush = LOUD, *, now: datetime
) -> Settled:
    """Where the watch stands after a record moved its dates, and what is next; nothing fires.

    What is due already is named at `now`: the next tick does it.
    """
    dues = step_dues(ladder, anchors)
    cursor = climbed_step(dues, not_ahead(position, now=now))
    move = next_move(ladder, anchors, position, hush, now=now)
    fired_at = not_ahead(position, now=now).fired_at
    position = Position(cursor, position.round, fired_at)
    at, name = move.next_action_at, move.next_action
    if move.fires is not None:
        at, name = now, move.fires.name
    elif move.ends_silence:
        at, name = now, HUSH_ENDS_NAME
    return Settled(position, ladder.level_at(cursor), at, name)


def _what_speaks(seen: Moment) -> tuple[Step | None, Step | None]:
    """The step that speaks now, and the patient's own that it speaks in place of."""
    steps, climbed, current = seen.ladder.steps, seen.climbed, seen.current
    fires: Step | None = None
    if current > climbed or (seen.is_forced and current and current == climbed):
        fires = steps[current - 1]
    elif climbed and seen.heard[climbed - 1] is not None and _repeat_at(seen) <= seen.now:
        fires = steps[climbed - 1]
    early = due_early(seen.ladder, seen.anchors, seen.heard, seen.position, now=seen.now)
    if early <= current:
        return fires, None
    is_patients = fires is not None and fires.is_outside
    return steps[early - 1], fires if is_patients else None


def _position_after(seen: Moment, fires: Step | None) -> Position:
    stood = seen.position
    if fires is None:
        return Position(seen.climbed, stood.round, stood.fired_at)
    return Position(fires.ordinal, stood.round + 1, seen.now)


def _skipped(seen: Moment, to_patient: Step | None) -> tuple[int, ...]:
    """The steps that were jumped over, but for what is said to the patient all the same."""
    said = to_patient.ordinal if to_patient is not None else 0
    jumped = range(seen.climbed + 1, seen.current)
    return tuple(one for one in jumped if seen.dues[one - 1] is not None and one != said)


def _overtaken(seen: Moment, fires: Step, *, until: int) -> Step | None:
    """The newest step to the patient alone that would never come, once staff were told."""
    if fires.is_outside:
        return None
    for place in range(until, seen.climbed, -1):
        step = seen.ladder.steps[place - 1]
        if step.is_outside and seen.dues[place - 1] is not None:
            return step
    return None


def _comes_back_at(fires: Step | None, stands: Position, *, now: datetime) -> datetime | None:
    """When a watch that told a step before its time goes back to the step that is due.

    Before the pause of the told one is over: whoever audits it holds it against that pause.
    """
    if fires is None or fires.repeat is None or fires.ordinal <= stands.cursor:
        return None
    return now + fires.repeat


def _repeat_at(seen: Moment) -> datetime:
    repeat, fired_at = seen.ladder.steps[seen.climbed - 1].repeat, seen.position.fired_at
    if repeat is None or fired_at is None:
        return seen.now + LOOK_AGAIN
    return fired_at + repeat


def _what_comes(seen: Moment, stands: Position) -> tuple[datetime, str]:
    """When the watch is next to be looked at, and what for."""
    at, name = _what_next(seen.ladder, seen.heard, stands, seen.now + LOOK_AGAIN)
    soon = next_early(seen.ladder, seen.anchors, seen.heard, now=seen.now)
    if soon is not None and soon[0] <= at:
        at, name = soon
    end = next_end(seen.hush, now=seen.now)
    return (end, HUSH_ENDS_NAME) if end is not None and end <= at else (at, name)


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
    if cursor and position.fired_at is not None and dues[cursor - 1] is not None:
        step = ladder.steps[cursor - 1]
        if step.repeat is not None:
            at, name = position.fired_at + step.repeat, step.name
    for place in range(cursor, len(dues)):
        due = dues[place]
        if due is not None and (at is None or due <= at):
            at, name = due, ladder.steps[place].name
    return (look_again_at, LOOK_AGAIN_NAME) if at is None else (at, name)
