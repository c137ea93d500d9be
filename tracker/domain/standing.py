"""Whether a claimed message is still as right as when it was planned: values in, a word out."""

from dataclasses import dataclass
from datetime import datetime

from tracker.domain.message import MessageState

ADMITTED = "the patient is in a hospital elsewhere: nothing is sent to them meanwhile"
NEWER_ADMITTED = f"{ADMITTED}; a newer one takes its place, and waits as well"
RESTORED = (
    "the records were put back from a backup: it is not known whether this was sent before"
)
NEWER = "a newer message to the same person takes its place"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a message, its watch and its reader at the moment of sending."""

    is_over: bool  # the watch is closed
    step: int
    cursor: int  # where the watch stands now
    newer_waits: bool
    is_refused: bool  # the address
    held_by: str = ""  # who has the watch in hand, or has put it off, and until when
    gone: str = ""  # the member of staff who has left
    is_to_patient: bool = False
    is_restored: bool = False  # the clinic's records, and nobody has said they are whole again
    is_admitted: bool = False  # the patient, in a hospital elsewhere
    has_consent: bool = False
    was_told_today: bool = False
    was_told_step: bool = False  # this step of this watch, for whatever date it then was
    was_perhaps_told: bool = False  # of this step, before the records were put back
    quiet_until: datetime | None = None  # local; of the quiet hours that hold it now
    too_many: str = ""  # which ceiling of the reader is reached
    too_many_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """Why a message is not sent after all.

    A held one is looked at afresh when it is due again: at `until`, or `is_for_today` tomorrow.
    """

    state: MessageState
    reason: str
    is_for_today: bool = False
    until: datetime | None = None
    blows_fuse: bool = False
    asks_to_telephone: bool = False
    tells_others: bool = False  # of the step: who was to be told can't be


def why_not(standing: Standing) -> Drop | None:
    """The reason not to send a message any more; None if it is as right as when planned."""
    if standing.is_over:
        return Drop(MessageState.CANCELLED, "the danger is over: the watch has been closed")
    if standing.step > standing.cursor:
        return Drop(
            MessageState.SUPERSEDED, "the date has moved: this step is not due any more"
        )
    if standing.held_by and not standing.is_to_patient:
        return Drop(MessageState.CANCELLED, standing.held_by)
    if standing.newer_waits:
        is_kept_back = standing.is_to_patient and standing.is_admitted
        return Drop(MessageState.SUPERSEDED, NEWER_ADMITTED if is_kept_back else NEWER)
    if standing.gone:
        return Drop(MessageState.CANCELLED, f"{standing.gone} has left", tells_others=True)
    if standing.is_refused:
        why, is_to_staff = "the address has been stopped or refused", not standing.is_to_patient
        return Drop(MessageState.CANCELLED, why, tells_others=is_to_staff)
    drop = _why_not_to_patient(standing) if standing.is_to_patient else None
    return drop or _why_not_now(standing)


def _why_not_to_patient(standing: Standing) -> Drop | None:
    if not standing.has_consent:
        return Drop(MessageState.CANCELLED, "there is no consent to write to this address")
    if standing.is_restored:
        return Drop(MessageState.CANCELLED, RESTORED)
    if standing.was_told_step:
        return Drop(MessageState.SUPERSEDED, "a patient is told of a step once: it was said")
    if standing.was_perhaps_told:
        return Drop(MessageState.CANCELLED, RESTORED, asks_to_telephone=True)
    if standing.is_admitted:
        return Drop(MessageState.HELD, ADMITTED, is_for_today=True)
    if standing.was_told_today:
        return Drop(MessageState.HELD, "one message a day", is_for_today=True)
    return None


def _why_not_now(standing: Standing) -> Drop | None:
    if (until := standing.quiet_until) is not None:
        return Drop(MessageState.HELD, f"quiet hours until {until:%H:%M}", until=until)
    if standing.too_many:
        until = standing.too_many_until
        return Drop(MessageState.HELD, standing.too_many, until=until, blows_fuse=True)
    return None
