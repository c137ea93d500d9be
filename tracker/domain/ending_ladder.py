"""By when the end of a pump wants a second person, and who is asked for that.

An ended pump is watched no more: if its end was a mistake, this is all that is left of the
watch. No published policy names the days; they are ours (decision 36).
"""

from datetime import datetime
from typing import Any

from tracker.domain.ladder import Ladder, Level, Target
from tracker.domain.rungs import AT_ONCE, DAY, HOUR, from_danger, from_opening, numbered, rung

SOONEST, LATEST = DAY, 7 * DAY


def confirm_by(
    recorded_at: datetime, *, refill_by: datetime | None, was_urgent: bool
) -> datetime:
    """When the second person is late: before the pump would be, a day at least, a week at most.

    `refill_by` and `was_urgent` are of the watches that the end has closed.
    """
    soonest, latest = recorded_at + SOONEST, recorded_at + LATEST
    if was_urgent:
        return soonest
    return latest if refill_by is None else max(soonest, min(refill_by, latest))


def ending_ladder() -> Ladder:
    """Asked calmly until the day, then aloud; an end that is disputed has its day at once."""
    words: dict[str, Any] = {"template": "end_unconfirmed"}
    return numbered(
        rung(
            "ask the second person whether the pump has ended as it was recorded",
            from_opening(AT_ONCE),
            to=(Target.OWNER,),
            level=Level.WARN,
            repeat=2 * DAY,
            **words,
        ),
        rung(
            "settle whether the pump has ended: it is watched no more, on one person's word",
            from_danger(AT_ONCE),
            to=(Target.OWNER, Target.NURSE, Target.CLINICIAN),
            level=Level.URGENT,
            repeat=DAY,
            **words,
        ),
        rung(
            "settle whether the pump has ended: it has waited for a day since",
            from_danger(DAY),
            to=(
                *(Target.OWNER, Target.NURSE, Target.CLINICIAN),
                *(Target.COORDINATOR, Target.LAST_RESORT),
            ),
            level=Level.URGENT,
            repeat=4 * HOUR,
            **words,
        ),
    )
