"""The ladders of what happens between two refills: a scan, a pocket fill, a review.

The hours and days that bear no source are ours (decision 24).
"""

from typing import Any

from tracker.domain.ladder import Ladder, Level, Target
from tracker.domain.rungs import (
    AT_ONCE,
    DAY,
    HOUR,
    from_danger,
    from_opening,
    numbered,
    rung,
)


def interrogation_ladder() -> Ladder:
    """An MRI scan (D is its hour): the pump is interrogated the same day, and again if need be.

    The motor has come back as late as 24 hours after a scan (S:7); from then on it is treated
    as stopped (DOMAIN 2). The hours between are ours.
    """
    words: dict[str, Any] = {"template": "interrogation_due"}
    return numbered(
        rung(
            "plan the interrogation after the MRI scan, and read the maker's rule before it",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.NURSE),
            level=Level.INFO,
            **words,
        ),
        rung(
            "interrogate the pump on the day of the MRI scan, once it is over",
            from_danger(AT_ONCE),
            to=(Target.OWNER, Target.NURSE),
            level=Level.WARN,
            repeat=2 * HOUR,
            **words,
        ),
        rung(
            "interrogate the pump now: nothing shows yet that its motor is running again",
            from_danger(4 * HOUR),
            to=(Target.OWNER, Target.NURSE, Target.CLINICIAN),
            level=Level.URGENT,
            repeat=4 * HOUR,
            keeps_quiet_hours=False,
            **words,
        ),
        rung(
            "treat as a stopped pump: no sign for a day that its motor is running again",
            from_danger(DAY),
            to=(
                Target.OWNER,
                Target.NURSE,
                Target.COORDINATOR,
                Target.CLINICIAN,
                Target.LAST_RESORT,
            ),
            level=Level.URGENT,
            repeat=4 * HOUR,
            keeps_quiet_hours=False,
            **words,
        ),
    )


def assessment_ladder() -> Ladder:
    """A suspected pocket fill: the dose of weeks may lie under the skin. All at once."""
    return numbered(
        rung(
            "have a clinician see the patient now: drug may lie outside the reservoir",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.NURSE, Target.CLINICIAN, Target.LAST_RESORT),
            level=Level.URGENT,
            template="assessment_due",
            repeat=HOUR,
            keeps_quiet_hours=False,
        ),
    )


def review_ladder() -> Ladder:
    """A review that is due: asked for calmly, weeks before anybody but the owner hears."""
    words: dict[str, Any] = {"template": "review_due"}
    return numbered(
        rung(
            "hold the regular review",
            from_opening(AT_ONCE),
            to=(Target.OWNER,),
            level=Level.INFO,
            repeat=14 * DAY,
            **words,
        ),
        rung(
            "hold the regular review: it has been due for four weeks",
            from_opening(28 * DAY),
            to=(Target.OWNER, Target.CLINICIAN),
            level=Level.WARN,
            repeat=14 * DAY,
            **words,
        ),
        rung(
            "settle who holds the regular review: it has been due for eight weeks",
            from_opening(56 * DAY),
            to=(Target.OWNER, Target.CLINICIAN, Target.COORDINATOR),
            level=Level.WARN,
            repeat=14 * DAY,
            **words,
        ),
    )
