"""What a hand-over makes of its message: facts in, the whole of what is to be done out.

The services only carry it out, so that every order of events can be explored without them.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tracker.domain.message import MessageState, backoff, may_become
from tracker.domain.outgoing import Refusal


class Raised(StrEnum):
    """The watch that staff get because a message reached nobody, or perhaps nobody."""

    UNREACHED = "unreached"  # this person can't be reached at the address we hold
    TELEPHONE = "telephone"  # it is not known whether the patient was reached
    FAULT = "fault"  # a message of ours can't be put into words


@dataclass(frozen=True, slots=True)
class HandOver:
    """What is known of a message at the moment when its hand-over is to be written down."""

    state: MessageState  # as it is now: the sweep may have been quicker
    refusal: Refusal | None  # None: it was taken
    is_to_patient: bool
    is_over: bool  # the watch is closed
    newer_waits: bool  # for the same reader, about the same watch
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that follows from one hand-over. A `state` of None: it stays as it is."""

    state: MessageState | None
    again_in: timedelta | None = None  # the same message, under the same key
    told_again_in: timedelta | None = None  # a message of its own, under a new round
    flags_address: bool = False
    doubts_address: bool = False  # it may be right, and the next message be refused as well
    stops_number: bool = False  # its owner wants no more texts
    raises: Raised | None = None


NOTHING = Outcome(None)


def outcome_of(done: HandOver) -> Outcome:
    """What becomes of the message, when it is tried again, and who is asked to do what."""
    if done.refusal is None:
        # Also where the sweep was quicker and called it unknown: now it is known.
        taken = MessageState.SENT
        return Outcome(taken) if may_become(done.state, taken) else NOTHING
    if done.state is not MessageState.CLAIMED:
        return NOTHING  # it was settled meanwhile
    if done.refusal is Refusal.UNCLEAR:
        return _unclear(done)
    if done.refusal in (Refusal.FOR_NOW, Refusal.CHANNEL_DOWN):
        return Outcome(MessageState.PLANNED, again_in=backoff(done.attempts))
    return Outcome(
        MessageState.FAILED,
        flags_address=done.refusal is Refusal.BAD_ADDRESS,
        doubts_address=done.refusal is Refusal.FOR_GOOD,
        stops_number=done.refusal is Refusal.OPTED_OUT,
        raises=Raised.FAULT if done.refusal is Refusal.UNFIT else Raised.UNREACHED,
    )


def sent_from() -> list[MessageState]:
    """The states in which a message that was taken becomes sent: for whoever asks for many."""
    taken = (HandOver(one, None, False, False, False, 0) for one in MessageState)
    return [done.state for done in taken if outcome_of(done).state is MessageState.SENT]


def _unclear(done: HandOver) -> Outcome:
    """Perhaps it arrived, perhaps not: staff are told again; a patient is telephoned."""
    if done.is_to_patient:
        return Outcome(MessageState.UNKNOWN, raises=Raised.TELEPHONE)
    if done.is_over or done.newer_waits:
        return Outcome(MessageState.UNKNOWN)
    # It waits: a server that always drops the line must not be asked for ever.
    return Outcome(MessageState.UNKNOWN, told_again_in=backoff(done.attempts))
