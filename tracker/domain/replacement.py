"""The way to a new pump: its steps, and how near to surgery a refill is worth a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.domain.errors import TrackerError

# DOMAIN 5.4: no refill right before explant. How near that is, no source says: this is ours.
REFILL_IS_ASKED_ABOUT = timedelta(days=14)


class NotPlanned(TrackerError):
    """A step that can't be recorded so."""

    code = "not_planned"


class StepKind(StrEnum):
    """One step on the way (DOMAIN 5.4)."""

    REFERRED = "referred"
    AUTHORISED = "authorised"
    THEATRE = "theatre"  # the date of the surgery is set
    CALLED_OFF = "called_off"  # that date is no more
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class PathStep:
    """A step as it was recorded; `theatre_at` where it sets the date."""

    kind: StepKind
    theatre_at: datetime | None = None


def theatre_in_force(steps: Sequence[PathStep]) -> PathStep | None:
    """The step that sets the date of the surgery, of steps in the order of their recording.

    The newest word counts: a date that was called off, or a pump replaced, has none.
    """
    for step in reversed(steps):
        if step.kind in (StepKind.CALLED_OFF, StepKind.REPLACED):
            return None
        if step.kind is StepKind.THEATRE:
            return step
    return None


def is_soon(theatre_at: datetime, at: datetime) -> bool:
    """Whether a refill at `at` would come right before the surgery."""
    return timedelta() <= theatre_at - at <= REFILL_IS_ASKED_ABOUT
