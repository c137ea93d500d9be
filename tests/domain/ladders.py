"""Builders for ladders: a test shows only the steps that matter to it."""

from datetime import UTC, datetime, timedelta

from tracker.domain.escalation import (
    Anchor,
    Anchors,
    Ladder,
    Level,
    Move,
    Position,
    Step,
    Target,
    next_move,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
D = datetime(2026, 6, 1, 12, tzinfo=UTC)  # refill-by
E = D + 20 * DAY  # the earliest credible empty instant
FILLED = D - 90 * DAY


def a_step(ordinal, *, at=None, dry=None, opened=None, repeat=None, **more) -> Step:
    offsets = tuple(
        (anchor, offset)
        for anchor, offset in (
            (Anchor.DANGER, at),
            (Anchor.DRY, dry),
            (Anchor.OPENED, opened),
        )
        if offset is not None
    )
    facts = {
        "name": f"step {ordinal}",
        "targets": (Target.OWNER, Target.LAST_RESORT),
        "level": Level.URGENT if repeat else Level.INFO,
        "template": "refill_book",
    }
    return Step(ordinal=ordinal, offsets=offsets, repeat=repeat, **(facts | more))


def a_ladder(*steps) -> Ladder:
    return Ladder(steps)


def anchors(danger=D, dry=E, opened=FILLED, filled=FILLED) -> Anchors:
    return Anchors(danger, dry, opened, filled)


def climb(ladder, at, *, position, start, end, every) -> tuple[list[Move], Position]:
    """Tick from `start` to `end`; the moves that fired, and where the watch ends."""
    fired = []
    now = start
    while now <= end:
        move = next_move(ladder, at, position, now=now)
        position = move.position
        if move.fires is not None:
            fired.append(move)
        now += every
    return fired, position
