"""What a watch does next on its ladder. Pure, so that every order of events can be tried.

A watch remembers three things: the step it stands on (`cursor`), how often it has spoken
(`round`, which only grows, so that no message key is ever used twice) and when it last spoke.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.hush import LOUD, Booking, Hush, next_end, unmuted, without_broken
from tracker.domain.ladder import Anchor, Ladder, Level, Step, Target, ladder_from
from tracker.domain.ladders import default_ladder
from tracker.domain.leaving import due_early, next_early
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
    dues = step_dues(ladder, anchors)
    position = not_ahead(position, now=now)
    climbed = climbed_step(dues, position)
    hush, broken = without_broken(hush, ladder, anchors, dues, now=now)
    heard = unmuted(hush, ladder, dues, now=now)
    current = highest_due(heard, now)
    is_reopened = _reopens(hush, position, now=now)
    if is_reopened:
        current = _one_higher(ladder, dues, max(current, climbed))
    is_called_off = _is_called_off(hush, position, now=now)
    is_forced = (
        bool(broken) or is_reopened or (is_called_off and _asks_to_book(ladder, current))
    )
    fires: Step | None = None
    to_patient: Step | None = None
    skipped: tuple[int, ...] = ()
    if current > climbed or (is_forced and current and current == climbed):
        fires = ladder.steps[current - 1]
        skipped = tuple(k for k in range(climbed + 1, current) if dues[k - 1] is not None)
    elif (
        climbed
        and heard[climbed - 1] is not None
        and _repeat_at(ladder, climbed, position, now=now) <= now
    ):
        fires = ladder.steps[climbed - 1]
    early = due_early(ladder, anchors, heard, position, now=now)
    if early > current:
        overtaken = fires
        fires = ladder.steps[early - 1]
        if overtaken is not None and overtaken.is_outside:
            to_patient = overtaken
    if fires is not None:
        position = Position(fires.ordinal, position.round + 1, now)
    elif climbed != position.cursor:
        position = Position(climbed, position.round, position.fired_at)
    # a step told before its time, the morning after a visit, comes again in its time
    stands = Position(climbed_step(dues, position), position.round, position.fired_at)
    if fires is not None and (is_reopened or is_called_off):
        to_patient = _overtaken(ladder, dues, fires, after=climbed, until=stands.cursor)
    at, name = _what_next(ladder, heard, stands, now + LOOK_AGAIN)
    soon = next_early(ladder, anchors, heard, now=now)
    if soon is not None and soon[0] <= at:
        at, name = soon
    end = next_end(hush, now=now)
    if end is not None and end <= at:
        at, name = end, HUSH_ENDS_NAME
    if to_patient is not None:
        skipped = tuple(one for one in skipped if one != to_patient.ordinal)
    return Move(fires, skipped, position, at, name, broken, to_patient)


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


def _reopens(hush: Hush, position: Position, *, now: datetime) -> bool:
    """True on and after the morning after a visit, until the watch has spoken since."""
    booking = hush.booking
    if booking is None or booking.reopens_at is None or booking.reopens_at > now:
        return False
    return position.fired_at is None or position.fired_at < booking.reopens_at


def _is_called_off(hush: Hush, position: Position, *, now: datetime) -> bool:
    """True once a booking was called off, until the watch has spoken since."""
    if hush.called_off_at is None or hush.called_off_at > now:
        return False
    return position.fired_at is None or position.fired_at < hush.called_off_at


def _asks_to_book(ladder: Ladder, current: int) -> bool:
    return bool(current) and ladder.steps[current - 1].asks_to_book


def _one_higher(ladder: Ladder, dues: Sequence[datetime | None], current: int) -> int:
    """The next step above `current` that speaks to staff; `current` where none is above."""
    for place in range(current, len(dues)):
        if dues[place] is not None and not ladder.steps[place].is_outside:
            return place + 1
    return current


def _overtaken(
    ladder: Ladder, dues: Sequence[datetime | None], fires: Step, *, after: int, until: int
) -> Step | None:
    """The newest step to the patient alone that would never come, once staff were told."""
    if fires.is_outside:
        return None
    for place in range(until, after, -1):
        if ladder.steps[place - 1].is_outside and dues[place - 1] is not None:
            return ladder.steps[place - 1]
    return None


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
    if cursor and position.fired_at is not None and dues[cursor - 1] is not None:
        step = ladder.steps[cursor - 1]
        if step.repeat is not None:
            at, name = position.fired_at + step.repeat, step.name
    for place in range(cursor, len(dues)):
        due = dues[place]
        if due is not None and (at is None or due <= at):
            at, name = due, ladder.steps[place].name
    return (look_again_at, LOOK_AGAIN_NAME) if at is None else (at, name)
