"""Where a watch stands on its ladder, and when each step is due under the dates of today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.domain.ladder import Anchor, Ladder, Level, Step

# DOMAIN rule 6.2 b, our proposal: a fill that lasts less than 30 days starts 7 days before.
SHORT_INTERVAL = timedelta(days=30)
SHORT_START = timedelta(days=7)

# A date that moves by less than a day is the same date: nobody is told twice for the sake of
# some hours, nor because a clock was put back.
SAME_DATE = timedelta(days=1)

# looked up once: 10,000 watches ask for each step
_DANGER, _DRY, _URGENT = Anchor.DANGER, Anchor.DRY, Level.URGENT


@dataclass(frozen=True, slots=True)
class Anchors:
    """What the steps are counted from; all but the opening may be unknown."""

    danger_at: datetime | None
    dry_at: datetime | None
    opened_at: datetime
    counts_from_at: datetime | None = None
    leaves_at: datetime | None = None  # the patient, over the date: see domain/leaving
    leaving_known_at: datetime | None = None


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
            if anchor is _DANGER:
                base, is_counted_back = danger_at, True
            else:
                base = dry_at if anchor is _DRY else opened_at
            if base is not None:
                at = base + offset
                if due is None or at < due:
                    due = at
        if (
            start is not None
            and due is not None
            and is_counted_back
            and due < start
            and step.level is not _URGENT  # urgency is never skipped in silence
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


def highest_due(dues: Sequence[datetime | None], at: datetime) -> int:
    """The number of the most urgent step that is due by `at`; 0 if none is."""
    for place in range(len(dues), 0, -1):
        due = dues[place - 1]
        if due is not None and due <= at:
            return place
    return 0


def climbed_step(dues: Sequence[datetime | None], position: Position) -> int:
    """The step the watch may count as climbed under the dates that hold today.

    A step that had not come due when the watch last spoke was climbed for a date that has
    moved later since: the watch falls back, in silence, and the step comes again in its time.
    """
    fired_at = position.fired_at
    cursor = min(position.cursor, len(dues))  # a pump of another class climbs another ladder
    if fired_at is None or not cursor:
        return 0
    due = dues[cursor - 1]
    if due is not None and due <= fired_at + SAME_DATE:
        return cursor
    return min(cursor, highest_due(dues, fired_at))


def not_ahead(position: Position, *, now: datetime) -> Position:
    """The position, its silence counted from `now` at the latest.

    A watch that spoke in the future did so by a clock that was wrong; without this it would be
    silent until that future comes.
    """
    if position.fired_at is None or position.fired_at <= now:
        return position
    return Position(position.cursor, position.round, now)


def same_steps(old: Sequence[Step], new: Sequence[Step]) -> dict[int, int]:
    """Under the number of each old step that of the new one that is the same, where one is.

    It says the same to the same people, and bears its name still or comes at its time.
    """
    found: dict[int, int] = {}
    for one in old:
        for other in new:
            if other.ordinal not in found.values() and _is_same(one, other):
                found[one.ordinal] = other.ordinal
                break
    return found


def _is_same(one: Step, other: Step) -> bool:
    says = (one.template, set(one.targets)) == (other.template, set(other.targets))
    return says and (one.name == other.name or one.offsets == other.offsets)
