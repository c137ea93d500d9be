"""Words to write a ladder down with, so that it reads like the table it comes from."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tracker.domain.ladder import OUTSIDE, Anchor, Ladder, Level, Step, Target
from tracker.domain.message import Channel

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
AT_ONCE = timedelta()


def from_danger(offset: timedelta) -> tuple[Anchor, timedelta]:
    """So long after refill-by; before it, if negative."""
    return Anchor.DANGER, offset


def from_dry(offset: timedelta) -> tuple[Anchor, timedelta]:
    """So long after the earliest credible empty instant; before it, if negative."""
    return Anchor.DRY, offset


def from_opening(offset: timedelta) -> tuple[Anchor, timedelta]:
    """So long after the opening of the watch."""
    return Anchor.OPENED, offset


def rung(
    name: str,
    *offsets: tuple[Anchor, timedelta],
    to: tuple[Target, ...],
    level: Level,
    template: str,
    **more: Any,
) -> Step:
    """A step that does not know its number yet.

    Outside a text message is read soonest; staff get one beside the e-mail when it is urgent.
    """
    if OUTSIDE.issuperset(to):
        channels: tuple[Channel, ...] = (Channel.SMS, Channel.EMAIL)
    elif level is Level.URGENT:
        channels = (Channel.EMAIL, Channel.SMS)
    else:
        channels = (Channel.EMAIL,)
    return Step(0, name, offsets, to, level, template, **{"channels": channels, **more})


def numbered(*rungs: Step) -> Ladder:
    """The ladder of these steps, least urgent first."""
    return Ladder(tuple(replace(one, ordinal=n) for n, one in enumerate(rungs, 1)))
