"""Who is asked, and how soon, about a residual far off or a refill that is disputed."""

from typing import Any

from tracker.domain.ladder import Ladder, Level, Target
from tracker.domain.rungs import AT_ONCE, DAY, HOUR, from_opening, numbered, rung


def discrepancy_ladder() -> Ladder:
    """A residual far off: the drug may be beside the reservoir (S:27), so hours count.

    No published policy names the hours; these are ours.
    """
    words: dict[str, Any] = {"template": "discrepancy"}
    return numbered(
        rung(
            "ask the owner and the clinician to assess the discrepancy",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.CLINICIAN),
            level=Level.WARN,
            **words,
        ),
        rung(
            "assess the discrepancy: it has waited for four hours",
            from_opening(4 * HOUR),
            to=(Target.OWNER, Target.NURSE, Target.CLINICIAN),
            level=Level.URGENT,
            repeat=DAY,
            **words,
        ),
        rung(
            "assess the discrepancy: it has waited for two days",
            from_opening(2 * DAY),
            to=(Target.OWNER, Target.NURSE, Target.CLINICIAN, Target.LAST_RESORT),
            level=Level.URGENT,
            repeat=DAY,
            **words,
        ),
    )


def dispute_ladder() -> Ladder:
    """Of two who were there one says that something else was put in, or set: hours count.

    The dates stand on what was entered meanwhile. No published policy names the hours; ours.
    """
    words: dict[str, Any] = {"template": "refill_disputed"}
    return numbered(
        rung(
            "ask what was put in and set: the second person disagrees",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.NURSE, Target.CLINICIAN),
            level=Level.URGENT,
            repeat=4 * HOUR,
            **words,
        ),
        rung(
            "settle the refill that two people see differently: it has waited for a day",
            from_opening(DAY),
            to=(Target.OWNER, Target.NURSE, Target.CLINICIAN, Target.LAST_RESORT),
            level=Level.URGENT,
            repeat=4 * HOUR,
            **words,
        ),
    )
