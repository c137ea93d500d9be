"""The ladders of what waits for somebody: an answer, a call, a decision, a second look."""

from typing import Any

from tracker.domain.ladder import Ladder, Level, Target
from tracker.domain.risk import RiskClass
from tracker.domain.rungs import (
    AT_ONCE,
    DAY,
    HOUR,
    from_danger,
    from_opening,
    numbered,
    rung,
)


def reply_ladder() -> Ladder:
    """Somebody answered and nobody has read it: it may be a patient who is unwell."""
    words: dict[str, Any] = {"template": "reply_unread"}
    return numbered(
        rung(
            "read the answer",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.WARN,
            **words,
        ),
        rung(
            "read the answer: it has waited for four hours",
            from_opening(4 * HOUR),
            to=(Target.OWNER, Target.COORDINATOR, Target.NURSE),
            level=Level.URGENT,
            repeat=4 * HOUR,
            **words,
        ),
        rung(
            "read the answer: it has waited for a day",
            from_opening(DAY),
            to=(Target.OWNER, Target.COORDINATOR, Target.NURSE, Target.LAST_RESORT),
            level=Level.URGENT,
            repeat=4 * HOUR,
            **words,
        ),
    )


def call_ladder(risk: RiskClass) -> Ladder:
    """A call that was promised for a day (D is that day's end), until one is recorded.

    The days are ours. It is no step towards refill-by, which speaks on beside it: it keeps a
    word that was given, and who is at low risk has it kept too, in twice the time.
    """
    pace = 2 * DAY if risk is RiskClass.LOW else DAY
    words: dict[str, Any] = {"template": "call_promised", "repeat": DAY}
    return numbered(
        rung(
            "call: the day on which it was to be has passed",
            from_danger(AT_ONCE),
            to=(Target.OWNER,),
            level=Level.WARN,
            **words,
        ),
        rung(
            "call: nobody has since",
            from_danger(pace),
            to=(Target.OWNER, Target.NURSE, Target.COORDINATOR),
            level=Level.WARN,
            **words,
        ),
        rung(
            "have the patient called: nobody has for days",
            from_danger(3 * pace),  # ours: over a weekend, where it was for a Friday
            to=(Target.OWNER, Target.NURSE, Target.COORDINATOR, Target.LAST_RESORT),
            level=Level.URGENT,
            **words,
        ),
    )


def access_ladder() -> Ladder:
    """A record was opened by another clinic: told at once, and somebody looks at why."""
    words: dict[str, Any] = {"template": "access_opened"}
    return numbered(
        rung(
            "look whether a record was opened across clinics for good reason",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.ADMINISTRATOR),
            level=Level.WARN,
            keeps_quiet_hours=False,
            **words,
        ),
        rung(
            "look at it: nobody has for three days",
            from_opening(3 * DAY),  # ours: over a weekend
            to=(Target.OWNER, Target.ADMINISTRATOR, Target.LAST_RESORT),
            level=Level.URGENT,
            repeat=DAY,
            **words,
        ),
    )


def transfer_ladder() -> Ladder:
    """A patient between two clinics: each is asked until the receiver has decided."""
    words: dict[str, Any] = {"template": "transfer_open"}
    return numbered(
        rung(
            "have the handover of a patient decided",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.WARN,
            repeat=DAY,
            **words,
        ),
        rung(
            "have the handover decided: it has waited for three days",
            # ours: over a weekend; longer, and each may take the patient for the other's
            from_opening(3 * DAY),
            to=(Target.OWNER, Target.COORDINATOR, Target.ADMINISTRATOR, Target.LAST_RESORT),
            level=Level.URGENT,
            repeat=DAY,
            **words,
        ),
    )
