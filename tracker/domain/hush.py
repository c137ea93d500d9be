"""What keeps a step of a ladder quiet for now: a silence, or a visit that is booked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.domain.ladder import Ladder, Level
from tracker.domain.position import Anchors, highest_due
from tracker.domain.silence import Silence, broken_by, is_muted


@dataclass(frozen=True, slots=True)
class Booking:
    """A visit for this danger, and the morning after it, when the ladder speaks again.

    Without that morning nothing reopens: a confirmed visit needs its reminders no more.
    """

    visit_at: datetime
    reopens_at: datetime | None

    def answers(self, *, now: datetime) -> bool:
        """Whether it is an answer still to what asks for a visit."""
        return self.reopens_at is None or now < self.reopens_at


@dataclass(frozen=True, slots=True)
class Hush:
    """What quietens a watch: at most one silence and one booking.

    A booking that was called off quietens nothing: what it kept quiet is said at once.
    """

    silence: Silence | None = None
    booking: Booking | None = None
    called_off_at: datetime | None = None


LOUD = Hush()


def without_broken(
    hush: Hush,
    ladder: Ladder,
    anchors: Anchors,
    dues: Sequence[datetime | None],
    *,
    now: datetime,
) -> tuple[Hush, str]:
    """What still holds at `now`, and why the silence ended; empty if it did not."""
    booking = hush.booking
    if booking and not quietens(booking, ladder, anchors, dues):
        booking = None
    if hush.silence is None:
        return replace(hush, booking=booking), ""
    due = highest_due(dues, now)
    level = ladder.steps[due - 1].level if due else Level.INFO
    why = broken_by(hush.silence, level=level, danger_at=anchors.danger_at, now=now)
    silence = None if why else hush.silence
    return replace(hush, silence=silence, booking=booking), why


def quietens(
    booking: Booking, ladder: Ladder, anchors: Anchors, dues: Sequence[datetime | None]
) -> bool:
    """Whether a visit keeps anything quiet, and so has anything to open again.

    One after the date does not, nor one before the first step that asks for it: it is the
    visit of another fill, or the ladder has not begun. Surgery is set by the one date and done
    by the other: it counts until the battery ends.
    """
    if ladder.is_for_surgery:
        if anchors.dry_at is not None and booking.visit_at >= anchors.dry_at:
            return False
    elif anchors.danger_at is not None and booking.visit_at > anchors.danger_at:
        return False
    reopens_at = booking.reopens_at
    return reopens_at is None or any(
        step.asks_to_book and due is not None and due <= reopens_at
        for step, due in zip(ladder.steps, dues, strict=True)
    )


def unmuted(
    hush: Hush, ladder: Ladder, dues: Sequence[datetime | None], *, now: datetime
) -> list[datetime | None]:
    """The instants of the steps that may speak; a muted one waits for what mutes it to end."""
    silence, booking = hush.silence, hush.booking
    if silence is None and (booking is None or not booking.answers(now=now)):
        return list(dues)
    heard: list[datetime | None] = []
    for step, due in zip(ladder.steps, dues, strict=True):
        is_answered = booking is not None and booking.answers(now=now) and step.asks_to_book
        muted = is_answered or (silence is not None and is_muted(silence, step))
        heard.append(None if muted else due)
    return heard


def next_end(hush: Hush, *, now: datetime) -> datetime | None:
    """When the first of what quietens the watch is over; None if nothing does."""
    ends = [
        *([hush.silence.until] if hush.silence else []),
        *([hush.booking.reopens_at] if hush.booking and hush.booking.reopens_at else []),
    ]
    return min((end for end in ends if end > now), default=None)
