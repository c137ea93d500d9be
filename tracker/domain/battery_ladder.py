"""The ladder of a battery: D is the day by which to book surgery, E the end of service."""

from typing import Any

from tracker.domain.ladder import Ladder, Level, Target
from tracker.domain.rungs import AT_ONCE, DAY, HOUR, from_danger, from_dry, numbered, rung


def battery_ladder() -> Ladder:
    """Plan 6 months before the end (S:4), book by 3 months before it (S:29).

    Steps count from both dates, for D may have been moved back to an open day.
    """
    words: dict[str, Any] = {"template": "battery_replace"}
    return numbered(
        rung(
            "plan the replacement of the pump",
            from_danger(-90 * DAY),
            from_dry(-180 * DAY),
            to=(Target.OWNER, Target.CLINICIAN),
            level=Level.INFO,
            repeat=30 * DAY,
            **words,
        ),
        rung(
            "book the replacement of the pump",
            from_danger(AT_ONCE),
            from_dry(-90 * DAY),
            to=(Target.OWNER, Target.COORDINATOR, Target.CLINICIAN),
            level=Level.WARN,
            repeat=7 * DAY,
            **words,
        ),
        rung(
            # the catalogue of alarms, "eri": the date of surgery is fixed within 14 days
            "fix the date of surgery: the day to book by is two weeks past",
            from_danger(14 * DAY),
            from_dry(-76 * DAY),
            to=(Target.OWNER, Target.COORDINATOR, Target.CLINICIAN),
            level=Level.URGENT,
            repeat=7 * DAY,
            **words,
        ),
        rung(
            "fix the surgery: the pump stops within two weeks",
            from_danger(76 * DAY),
            from_dry(-14 * DAY),
            to=(Target.OWNER, Target.COORDINATOR, Target.CLINICIAN, Target.LAST_RESORT),
            level=Level.URGENT,
            repeat=DAY,
            **words,
        ),
        rung(
            "treat as a stopped pump: the service life is over",
            from_dry(AT_ONCE),
            to=(
                Target.OWNER,
                Target.NURSE,
                Target.COORDINATOR,
                Target.CLINICIAN,
                Target.LAST_RESORT,
            ),
            level=Level.URGENT,
            repeat=8 * HOUR,
            keeps_quiet_hours=False,
            **words,
        ),
    )
