"""Who may quieten a watch, for how long, and what breaks it. It never ends a danger.

An acknowledgement says "I have it"; a snooze says "not now", with a reason. Staff are left
alone at its level, the patient is still reminded. Both end, and their end is itself due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tracker.domain.errors import TrackerError
from tracker.domain.ladder import LOUDNESS, Level, Step

# The fractions of DESIGN 7; for clinical review, no source prints any.
PARTS = {"acknowledgement": 2, "snooze": 4}
LONGEST = {"acknowledgement": timedelta(days=14), "snooze": timedelta(days=7)}  # ours
UNDATED = {"acknowledgement": timedelta(days=1), "snooze": timedelta(hours=6)}  # ours
SHORTEST = timedelta(minutes=15)  # below that it is no use
EARLIER = timedelta(days=1)  # a date that comes nearer by so much breaks it


class SilenceKind(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    SNOOZE = "snooze"


class CallResult(StrEnum):
    """What came of telephoning somebody."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    MESSAGE_LEFT = "message_left"
    WRONG_NUMBER = "wrong_number"
    WILL_COME = "will_come"  # reached, and confirms the visit that is booked
    WILL_CALL_BACK = "will_call_back"
    REFUSED = "refused"  # spoken to, and doesn't want to come


# Somebody was spoken to and says no to nothing: no other call has to be promised.
REACHED = (CallResult.REACHED, CallResult.WILL_COME)


class CannotSilence(TrackerError):
    """This watch may not be quietened, or not for so long; the sentence says what may be."""

    code = "cannot_silence"


@dataclass(frozen=True, slots=True)
class Silence:
    """What is in force on a watch, and the level and date it was given for."""

    kind: SilenceKind
    until: datetime
    level: Level
    danger_at: datetime | None


def longest_until(
    kind: SilenceKind, *, level: Level, danger_at: datetime | None, now: datetime
) -> datetime:
    """The latest end that may be asked for now. Raises CannotSilence where none may."""
    if danger_at is not None and danger_at <= now:
        raise CannotSilence(
            "The date has passed: only what ends the danger quietens this watch."
        )
    if kind is SilenceKind.SNOOZE and level is Level.URGENT:
        raise CannotSilence("An urgent watch can't be put off; take it in hand instead.")
    if danger_at is None:
        return now + UNDATED[kind]
    until = now + min((danger_at - now) / PARTS[kind], LONGEST[kind])
    if until - now < SHORTEST:
        raise CannotSilence("Too little time is left to quieten this watch.")
    return until


def broken_by(
    silence: Silence, *, level: Level, danger_at: datetime | None, now: datetime
) -> str:
    """Why the silence is over; empty while it holds. `level` is the loudest that is due."""
    if now >= silence.until:
        return "its time is over"
    if LOUDNESS[level] > LOUDNESS[silence.level]:
        return "the watch has become more urgent"
    if danger_at is not None:
        if danger_at <= now:
            return "the date has come"
        if silence.danger_at is None or danger_at <= silence.danger_at - EARLIER:
            return "the date has come nearer"
    return ""


def is_muted(silence: Silence, step: Step) -> bool:
    """Whether a step to staff keeps quiet while the silence holds; a louder one breaks it."""
    return not step.is_outside and LOUDNESS[step.level] <= LOUDNESS[silence.level]


def words_of(
    kind: SilenceKind, name: str, until: datetime, zone: ZoneInfo, *, absent: str = ""
) -> str:
    """Who has the watch, or has put it off, and until when."""
    who = f"{name} (for {absent})" if absent else name
    shown = f"{until.astimezone(zone):%d %b %Y %H:%M}"
    if kind is SilenceKind.SNOOZE:
        return f"{who} has put it off until {shown}"
    return f"{who} has it until {shown}"
