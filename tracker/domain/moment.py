"""A watch at one moment: its ladder against the time, and what keeps it quiet or loud."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.domain.hush import Hush, unmuted, without_broken
from tracker.domain.ladder import Ladder
from tracker.domain.position import (
    Anchors,
    Position,
    climbed_step,
    highest_due,
    not_ahead,
    step_dues,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """What the next move is decided by. `dues` and `heard` have a place for each step."""

    ladder: Ladder
    anchors: Anchors
    now: datetime
    position: Position  # never ahead of the time
    dues: Sequence[datetime | None]
    heard: Sequence[datetime | None]  # those that nothing keeps quiet
    climbed: int  # the step it has spoken of, as the dates are now
    current: int  # the highest that is due and heard; 0 where none is
    hush: Hush  # what still holds
    broken: str  # why a silence that was in force is over
    is_reopened: bool  # the morning after a visit has come
    is_called_off: bool  # a visit was, and it has not spoken since

    @property
    def is_forced(self) -> bool:
        """Whether it speaks now, though the step is one that it has spoken of."""
        asks = bool(self.current) and self.ladder.steps[self.current - 1].asks_to_book
        return bool(self.broken) or self.is_reopened or (self.is_called_off and asks)


def moment_of(
    ladder: Ladder, anchors: Anchors, position: Position, hush: Hush, *, now: datetime
) -> Moment:
    """Where a watch stands at `now`."""
    dues = step_dues(ladder, anchors)
    position = not_ahead(position, now=now)
    climbed = climbed_step(dues, position)
    hush, broken = without_broken(hush, ladder, anchors, dues, now=now)
    heard = unmuted(hush, ladder, dues, now=now)
    current = highest_due(heard, now)
    is_reopened = _reopens(hush, position, now=now)
    if is_reopened:
        current = _one_higher(ladder, dues, max(current, climbed))
    return Moment(
        ladder=ladder,
        anchors=anchors,
        now=now,
        position=position,
        dues=dues,
        heard=heard,
        climbed=climbed,
        current=current,
        hush=hush,
        broken=broken,
        is_reopened=is_reopened,
        is_called_off=_is_called_off(hush, position, now=now),
    )


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


def _one_higher(ladder: Ladder, dues: Sequence[datetime | None], current: int) -> int:
    """The next step above `current` that speaks to staff; `current` where none is above."""
    for place in range(current, len(dues)):
        if dues[place] is not None and not ladder.steps[place].is_outside:
            return place + 1
    return current
