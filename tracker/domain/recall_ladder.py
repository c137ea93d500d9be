"""The ladder of a field-safety notice, for one pump that it is about.

No source names a pace (docs/sources.md has none): the days are ours. D is the day by which the
clinic means to have answered: a week, a month or a quarter after the notice, by its class.
"""

from datetime import timedelta
from typing import Any

from tracker.domain.ladder import Ladder, Level, Target
from tracker.domain.risk import RiskClass
from tracker.domain.rungs import AT_ONCE, DAY, from_danger, from_opening, numbered, rung

# by the class of the notice: how often it is said, and how long before its day it is urgent
PACES: dict[RiskClass, tuple[timedelta, timedelta]] = {
    RiskClass.CRITICAL: (DAY, 5 * DAY),
    RiskClass.HIGH: (7 * DAY, 7 * DAY),
    RiskClass.LOW: (30 * DAY, 7 * DAY),
}


def recall_ladder(risk: RiskClass) -> Ladder:
    """Said at once to who answers for the pump; louder as the day for the answer comes."""
    every, before = PACES[risk]
    words: dict[str, Any] = {"template": "recall_open"}
    return numbered(
        rung(
            "do for the pump what the field-safety notice asks",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.WARN,
            repeat=every,
            **words,
        ),
        rung(
            "answer the field-safety notice: its day comes near",
            from_danger(-before),
            to=(Target.OWNER, Target.COORDINATOR, Target.CLINICIAN),
            level=Level.URGENT,
            repeat=2 * DAY,
            **words,
        ),
        rung(
            "answer the field-safety notice: its day is over",
            from_danger(AT_ONCE),
            to=(Target.OWNER, Target.COORDINATOR, Target.CLINICIAN, Target.LAST_RESORT),
            level=Level.URGENT,
            repeat=DAY,
            **words,
        ),
    )
