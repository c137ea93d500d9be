"""What a message may become, when a failed one is tried again, and what makes it unique."""

from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from tracker.domain.errors import TrackerError


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class MessageState(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


# How the receipt of a channel that reaches nobody ends: printed on the server, or of a
# demonstration. Such a message was handed over to no provider.
TO_NOBODY = "not sent"

_PLANNED, _HELD, _CLAIMED = MessageState.PLANNED, MessageState.HELD, MessageState.CLAIMED
_SENT, _DELIVERED, _FAILED = MessageState.SENT, MessageState.DELIVERED, MessageState.FAILED
_UNKNOWN, _SUPERSEDED = MessageState.UNKNOWN, MessageState.SUPERSEDED
_CANCELLED = MessageState.CANCELLED

UNSENT = (_PLANNED, _HELD)
HANDED_OVER = (_SENT, _DELIVERED)
PERHAPS_THERE = (*HANDED_OVER, _UNKNOWN)
LET_GO = (_SUPERSEDED, _CANCELLED)  # and so never said

# Never back: a provider's word may come early, late, twice or out of order, so once a message
# is with the provider it is never planned again, and what is delivered stays delivered.
_MAY_BECOME: dict[MessageState, frozenset[MessageState]] = {
    _PLANNED: frozenset({_CLAIMED, _HELD, _SUPERSEDED, _CANCELLED}),
    _HELD: frozenset({_PLANNED, _SUPERSEDED, _CANCELLED}),
    # a claimed one is looked at once more before it is sent, and may then be given up or
    # held until tomorrow
    _CLAIMED: frozenset({_SENT, _PLANNED, _HELD, _FAILED, _UNKNOWN, _SUPERSEDED, _CANCELLED}),
    _SENT: frozenset({_DELIVERED, _FAILED}),
    _UNKNOWN: frozenset({_SENT, _DELIVERED, _FAILED}),
    _DELIVERED: frozenset(),
    _FAILED: frozenset(),
    _SUPERSEDED: frozenset(),
    _CANCELLED: frozenset(),
}

# Our proposal: quickly over a hiccup, then patiently over an outage, never longer than an hour,
# so that a provider that is back is found within the hour.
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
_DOUBLINGS = 6  # 1, 2, 4, 8, 16, 32 minutes, then the hour


def is_unsent(state: StrEnum, receipt: str | None) -> bool:
    """Whether a message that counts as sent went to a channel that reaches nobody."""
    return state in HANDED_OVER and TO_NOBODY in (receipt or "")


def may_become(old: MessageState, new: MessageState) -> bool:
    """Whether a message may go from `old` to `new`; staying is no change and not allowed."""
    return new in _MAY_BECOME[old]


def may_come_from(new: MessageState) -> list[MessageState]:
    """The states from which a message may go to `new`."""
    return [old for old in MessageState if may_become(old, new)]


class ForbiddenMove(TrackerError):
    """A message was to go where none may: the fault is ours, and nothing is written."""

    code = "forbidden_move"


def check_move(old: MessageState, new: MessageState) -> None:
    """Nothing for a change of state that may be; else ForbiddenMove."""
    if not may_become(old, new):
        raise ForbiddenMove(f"A message that is {old} can't become {new}.")


def message_key(watch_id: int, step: int, round: int, recipient: str, channel: Channel) -> str:
    """What makes saying one thing twice to one person impossible: watch:step:round:to:channel.

    `recipient` names a row, such as "staff-7" or "contact-12", never an address.
    """
    return f"{watch_id}:{step}:{round}:{recipient}:{channel}"


def reference_of(key: str) -> str:
    """The name of an e-mail of which no report is believed: who knows the key can make it."""
    return sha256(key.encode()).hexdigest()[:40]


def backoff(attempts: int) -> timedelta:
    """How long to wait after that many failed attempts: doubling, at most an hour.

    The same for the same number, so that a test or a rehearsal can foretell it.
    """
    doublings = min(max(0, attempts - 1), _DOUBLINGS)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
