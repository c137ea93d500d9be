"""What shows that somebody who could not be written to was told, or can be reached: values in.

One watch may ask about several messages; it is over once that is shown for each of them.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from tracker.domain.message import MessageState


class Shown(StrEnum):
    """By what."""

    OVER = "over"  # the watch that the message was about has ended
    REPORTED = "reported"  # it arrived after all
    TAKEN = "taken"  # the server had it after all, as any that is sent
    TOLD = "told"  # by telephone, since
    MENDED = "mended"  # there is an address that works


class Asked(NamedTuple):
    """What is on record now of one message of which a watch asks."""

    state: MessageState
    is_to_staff: bool
    is_over: bool
    is_told: bool
    is_mended: bool  # the address, or another one since; a colleague may have left
    is_refused: bool  # nothing is sent to the address any more
    is_withdrawn: bool  # staff have taken the consent there back since: there is no other


# By whom it may have been read is not known: the address may be right.
UNCLEAR = frozenset({MessageState.UNKNOWN, MessageState.CANCELLED})


def shown_of(asked: Asked) -> Shown | None:
    """What answers the question about one message; None while nothing does."""
    if asked.is_to_staff:
        # A refill mends no colleague's address: the next notice would be missed as well.
        return Shown.MENDED if asked.is_mended else None
    if asked.is_over:
        return Shown.OVER
    if asked.state is MessageState.DELIVERED:
        return Shown.REPORTED
    if asked.state is MessageState.SENT:
        return Shown.TAKEN
    if asked.is_mended and asked.state not in UNCLEAR:
        return Shown.MENDED
    # Who is told by telephone is told of this; where nothing is sent any more, of this alone,
    # unless they are to be told so from now on.
    is_enough = asked.state in UNCLEAR or not asked.is_refused or asked.is_withdrawn
    return Shown.TOLD if asked.is_told and is_enough else None


def shown_of_all(asked: Iterable[Asked]) -> tuple[int, Shown] | None:
    """The last message, by its place, and what answers it; None while one has no answer."""
    last: tuple[int, Shown] | None = None
    for place, one in enumerate(asked):
        shown = shown_of(one)
        if shown is None:
            return None
        last = (place, shown)
    return last


def is_another_way(*, is_decided: bool, is_mended: bool) -> bool:
    """Whether another way is agreed with somebody who is written to no more.

    Staff have written a later decision down, or there is an address of later that works: both
    say that somebody has spoken to them.
    """
    return is_decided or is_mended


def shows_address(number: int, newest_lost: int | None) -> bool:
    """Whether a message that arrived shows that its address works.

    Not where a later one was lost there: reports come late and out of order. Messages are
    numbered in the order in which they were written.
    """
    return newest_lost is None or newest_lost < number
