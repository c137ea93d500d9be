"""The ladder of a booked visit."""

from typing import Any

from tracker.domain.ladder import Ladder, Level, Step, Target
from tracker.domain.risk import RiskClass
from tracker.domain.rungs import AT_ONCE, DAY, HOUR, from_danger, from_dry, numbered, rung


def visit_ladder(risk: RiskClass) -> Ladder:
    """A booked visit (D is its hour): the patient is reminded, and staff ask what became of it.

    The visit ends no danger; this only keeps it from being forgotten. Whoever is at high risk
    is telephoned two days before (DOMAIN 5.2, step 5), on the day of the last reminder.
    """
    return numbered(*_reminders(), *_questions(risk))


def _reminders() -> tuple[Step, ...]:
    to = (Target.PATIENT, Target.CARER)
    said: dict[str, Any] = {"to": to, "level": Level.INFO, "template": "visit_reminder"}
    return tuple(
        rung(
            f"remind the patient and the carer of the visit ({days} days)",
            from_danger(-days * DAY),
            **said,
        )
        for days in (7, 2)
    )


def _questions(risk: RiskClass) -> tuple[Step, ...]:
    """What staff are asked: whether the patient will come, and then what became of it."""
    # ours: four hours for the patient to answer by themselves
    phone = -DAY if risk is RiskClass.LOW else 4 * HOUR - 2 * DAY
    unsettled: dict[str, Any] = {"template": "visit_unsettled", "repeat": DAY}
    return (
        rung(
            "phone the patient: the visit isn't confirmed",
            from_danger(phone),
            from_dry(AT_ONCE),  # found to be on a day that is closed
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.WARN,
            template="visit_unconfirmed",
            repeat=2 * DAY,  # ours: the next step's time where it was the day before
        ),
        rung(
            "say what became of the visit, and record the refill",
            from_danger(DAY),  # ours: at the hour of the visit, so that somebody is there
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.WARN,
            **unsettled,
        ),
        rung(
            "settle what became of the visit",
            from_danger(3 * DAY),
            to=(Target.OWNER, Target.COORDINATOR, Target.LAST_RESORT),
            level=Level.URGENT,
            **unsettled,
        ),
    )
