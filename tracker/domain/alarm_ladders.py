"""The ladders of an alarm of a pump: the critical one, and the one of the working day."""

from typing import Any

from tracker.domain.ladder import Ladder, Level, Target
from tracker.domain.rungs import AT_ONCE, DAY, HOUR, from_opening, numbered, rung


def alarm_ladder() -> Ladder:
    """A critical alarm of a pump skips the ladder (FEATURES 53): all are told at once.

    The answer is due within the hour, so that is how often it is asked for.
    """
    words: dict[str, Any] = {
        "level": Level.URGENT,
        "template": "device_alarm",
        "repeat": HOUR,
        "keeps_quiet_hours": False,
    }
    return numbered(
        rung(
            "answer the critical alarm: reach the patient, have the pump interrogated",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.ON_DUTY, Target.COORDINATOR, Target.CLINICIAN),
            **words,
        ),
        rung(
            "answer the critical alarm: the pump isn't interrogated after an hour",
            from_opening(HOUR),
            to=(
                Target.OWNER,
                Target.ON_DUTY,
                Target.NURSE,
                Target.COORDINATOR,
                Target.CLINICIAN,
                Target.LAST_RESORT,
            ),
            **words,
        ),
    )


def minor_alarm_ladder() -> Ladder:
    """A non-critical alarm: answered the same working day, urgent after two (DOMAIN 2)."""
    words: dict[str, Any] = {"template": "device_alarm"}
    return numbered(
        rung(
            "answer the alarm of the pump",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.ON_DUTY),
            level=Level.WARN,
            **words,
        ),
        rung(
            "answer the alarm of the pump: the working day is over",
            from_opening(8 * HOUR),
            to=(Target.OWNER, Target.NURSE, Target.COORDINATOR),
            level=Level.WARN,
            repeat=DAY,
            **words,
        ),
        rung(
            "answer the alarm of the pump: it has waited for two days",
            from_opening(2 * DAY),
            to=(
                Target.OWNER,
                Target.NURSE,
                Target.COORDINATOR,
                Target.CLINICIAN,
                Target.LAST_RESORT,
            ),
            level=Level.URGENT,
            repeat=DAY,
            **words,
        ),
    )
