"""What happens to a patient between two refills, and what each event asks for.

Functions of the whole set of records: it is all one in which order they arrive.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.domain.wording import write_day


class EventKind(StrEnum):
    """What happened, as a clinician calls it."""

    MRI = "mri"
    ADMISSION = "admission"  # in a hospital that isn't this clinic
    FEVER = "fever"
    FLIGHT = "flight"
    INFECTION = "infection"
    MALFUNCTION = "malfunction"
    CATHETER = "catheter"
    CSF_LEAK = "csf_leak"
    POCKET_FILL = "pocket_fill"


COMPLICATIONS = (
    EventKind.INFECTION,
    EventKind.MALFUNCTION,
    EventKind.CATHETER,
    EventKind.CSF_LEAK,
    EventKind.POCKET_FILL,
)
# Body heat warms the gas that drives a pump of fixed flow; thin air does the same (S:53, K).
RAISES_FLOW = (EventKind.FEVER, EventKind.FLIGHT)
MAY_BE_PLANNED = (EventKind.MRI, EventKind.FLIGHT)
FARTHEST_AHEAD = timedelta(days=366)  # ours: what is planned for later is a slip in the year


class MotorState(StrEnum):
    """What an interrogation after a scan says of the motor."""

    RUNNING = "running"
    NOT_LOGGED = "not_logged"  # the log may show it only at a second interrogation (S:7)


class NotAnEvent(TrackerError):
    """An event that can't have been so."""

    code = "not_an_event"


@dataclass(frozen=True, slots=True)
class Happened:
    """One event in force, and when it ended: the discharge, the assessment, the decision."""

    kind: EventKind
    at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""  # who assessed or decided; of a discharge, who says nothing was done


@dataclass(frozen=True, slots=True)
class MotorReading:
    """What one interrogation said of the motor; None where it said nothing."""

    at: datetime
    motor: MotorState | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody has to see to: since or by when, and why in sentences."""

    at: datetime
    reasons: tuple[str, ...]


def interrogation_asked(
    events: Iterable[Happened], readings: Sequence[MotorReading]
) -> Asked | None:
    """The earliest scan after which no interrogation has shown the motor running again.

    A reading before the scan, or of its very minute, shows nothing; nor does one that says
    nothing of the motor.
    """
    runs = [one.at for one in readings if one.motor is MotorState.RUNNING]
    last_run = max(runs, default=None)
    open_scans = [
        one.at
        for one in events
        if one.kind is EventKind.MRI and (last_run is None or last_run <= one.at)
    ]
    if not open_scans:
        return None
    scan_at = min(open_scans)
    after = [one for one in readings if one.at > scan_at]
    return Asked(scan_at, (NO_RUN, *(_said_of(one) for one in after[-1:])))


NO_RUN = (
    "After the MRI scan an interrogation has to show that the motor runs again."
    " Until one does, the pump may stand still."
)


def _said_of(reading: MotorReading) -> str:
    if reading.motor is MotorState.NOT_LOGGED:
        return (
            "The last interrogation did not show it yet: interrogate again."
            " Delays of 2 to 24 hours have been reported."  # S:7
        )
    return "An interrogation after the scan is on record, but it says nothing of the motor."


def assessment_asked(events: Iterable[Happened]) -> Asked | None:
    """The earliest suspected pocket fill that no clinician has assessed."""
    suspected = [one.at for one in _open_of(events, (EventKind.POCKET_FILL,))]
    if not suspected:
        return None
    return Asked(
        min(suspected),
        (
            "Drug may have been put outside the reservoir."
            " The patient needs a clinician now, also if they seem well.",
        ),
    )


def discharge_asked(events: Iterable[Happened], seen: Iterable[datetime]) -> Asked | None:
    """The earliest stay elsewhere of which nobody knows what was done to the pump.

    `seen` are the interrogations and the fills by the clinic itself: one after the discharge
    shows how the pump was left. So does somebody's word that nothing was done, with their name.
    """
    last_seen = max(seen, default=None)
    left = [
        one.ended_at
        for one in events
        if one.kind is EventKind.ADMISSION and one.ended_at is not None and not one.ended_by
        if last_seen is None or last_seen < one.ended_at
    ]
    if not left:
        return None
    return Asked(
        min(left),
        (
            "The patient was in a hospital elsewhere. It is not recorded whether the pump was"
            " refilled, programmed or interrogated there, so the dates may be wrong.",
            "Ask that hospital and interrogate the pump; or write down who says that nothing"
            " was done to it.",
        ),
    )


def flow_decision_asked(events: Iterable[Happened], filled: Iterable[datetime]) -> Asked | None:
    """The earliest fever or flight on which nobody has decided; a fill settles a flight alone.

    By how much the flow rises is not published (DOMAIN 1.2), so no date of ours allows for it.
    """
    last_fill = max(filled, default=None)
    raised = _open_of(events, RAISES_FLOW)
    if last_fill is not None:
        # a flight is over by the next fill; a fever that nobody has ended goes on
        raised = [one for one in raised if one.kind is EventKind.FEVER or last_fill < one.at]
    if not raised:
        return None
    first = min(raised, key=lambda one: one.at)
    what = "fever" if first.kind is EventKind.FEVER else "a flight"
    return Asked(
        first.at,
        (
            f"This pump is driven by gas: with {what} it gives more than its stated flow, and"
            " by how much is not known. The dates shown do not allow for it.",
            "A clinician brings the refill forward, or writes down why the date may stand.",
        ),
    )


def _open_of(events: Iterable[Happened], kinds: Sequence[EventKind]) -> list[Happened]:
    return [one for one in events if one.kind in kinds and one.ended_at is None]


def check_event(
    kind: EventKind, *, at: datetime, ended_at: datetime | None, place: str, now: datetime
) -> None:
    """Refuse what can't be true, with the field it stands in."""
    if at > now and kind not in MAY_BE_PLANNED:
        raise NotAnEvent("This lies in the future.", field="started_at")
    if at > now + FARTHEST_AHEAD:
        raise NotAnEvent(
            "This is planned for more than a year from now: look at the year.",
            field="started_at",
        )
    if kind is EventKind.ADMISSION and is_blank(place):
        raise NotAnEvent("Say in which hospital the patient is.", field="place")
    if ended_at is not None:
        check_end(kind, at=at, ended_at=ended_at, now=now)


def check_begun(kind: EventKind, on: date, *, born_on: date, implanted_on: date) -> None:
    """Refuse what came before there was a pump it could concern; an admission may have."""
    earliest = born_on if kind is EventKind.ADMISSION else implanted_on
    if on < earliest:
        what = "the patient was born" if kind is EventKind.ADMISSION else "it was implanted"
        raise NotAnEvent(
            f"This lies before {write_day(earliest)}, the day on which {what}.",
            field="started_at",
        )


def check_end(kind: EventKind, *, at: datetime, ended_at: datetime, now: datetime) -> None:
    """Refuse an end before the beginning, or one that hasn't come.

    Of a flight it is the decision about the refill, and that is best made before it.
    """
    if ended_at < at and kind is not EventKind.FLIGHT:
        raise NotAnEvent("It can't end before it began.", field="ended_at")
    if ended_at > now:
        raise NotAnEvent("This lies in the future.", field="ended_at")
