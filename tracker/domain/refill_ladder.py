"""The refill ladder that a new clinic starts with: the proposal of DOMAIN 6.2.

A step has one text, so patients and staff have steps of their own; where both belong to one
day, staff are told an hour after the patient, so that after an outage it is staff who are told.
The patient's steps all count from D and lie a day or more apart, never repeat and end before
D: two patient messages on one day can't come from one set of dates. From D on people phone.
"""

from typing import Any

from tracker.domain.ladder import Ladder, Level, Step, Target
from tracker.domain.risk import RiskClass
from tracker.domain.rungs import AT_ONCE, DAY, HOUR, from_danger, from_dry, numbered, rung


def refill_ladder(risk: RiskClass) -> Ladder:
    """The ladder towards refill-by (D) and the earliest credible empty instant (E)."""
    return numbered(*_before_refill_by(risk), *_after_refill_by(risk))


def _before_refill_by(risk: RiskClass) -> list[Step]:
    please: dict[str, Any] = {"template": "refill_please_book"}
    book: dict[str, Any] = {"template": "refill_book"}
    copied = (Target.CLINICIAN,) if risk is RiskClass.CRITICAL else ()
    three_weeks = [
        rung(
            "ask the patient to book",
            from_danger(-21 * DAY),
            to=(Target.PATIENT,),
            level=Level.INFO,
            **please,
        ),
        rung(
            "ask the owner to book",
            from_danger(-21 * DAY + HOUR),
            to=(Target.OWNER,),
            level=Level.INFO,
            **book,
        ),
    ]
    return [
        *([] if risk is RiskClass.LOW else three_weeks),
        rung(
            "ask the patient to book (14 days)",
            from_danger(-14 * DAY),
            to=(Target.PATIENT,),
            level=Level.INFO,
            **please,
        ),
        rung(
            "ask for the visit, the drug order and the authorisation",
            from_danger(-14 * DAY + HOUR),
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.INFO,
            **book,
        ),
        rung(
            "ask the patient and the carer to book",
            from_danger(-7 * DAY),
            to=(Target.PATIENT, Target.CARER),
            level=Level.WARN,
            **please,
        ),
        rung(
            "ask the coordinator to phone the patient",
            from_danger(-7 * DAY + HOUR),
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.WARN,
            **book,
        ),
        rung(
            "ask the nurse to phone the patient and hold a slot",
            from_danger(-3 * DAY),
            to=(Target.OWNER, Target.NURSE, *copied),
            level=Level.WARN,
            **book,
        ),
        rung(
            "remind the patient and the carer of the last day",
            from_danger(-DAY),
            to=(Target.PATIENT, Target.CARER),
            level=Level.WARN,
            **please,
        ),
        rung(
            "confirm the visit, transport and interpreter",
            from_danger(-DAY + HOUR),
            to=(Target.OWNER, Target.COORDINATOR),
            level=Level.WARN,
            **book,
        ),
    ]


def _after_refill_by(risk: RiskClass) -> list[Step]:
    """From refill-by on every step repeats until a refill is recorded."""
    is_low = risk is RiskClass.LOW
    doctor = () if is_low else (Target.CLINICIAN,)
    # three tries a day at different hours (step 6); return of pain without withdrawal: daily
    thrice = DAY if is_low else 8 * HOUR
    late: dict[str, Any] = {"level": Level.URGENT, "template": "refill_late"}
    return [
        rung(
            "phone the patient today: the refill is late",
            from_danger(AT_ONCE),
            to=(Target.OWNER, Target.NURSE, *doctor),
            repeat=thrice,
            **late,
        ),
        rung(
            "let the physician decide; phone the emergency contact",
            from_danger(2 * DAY),
            from_dry(-5 * DAY),
            to=(Target.OWNER, Target.NURSE, Target.COORDINATOR, Target.CLINICIAN),
            repeat=thrice,
            **late,
        ),
        rung(
            "call in the supervisor: welfare check, emergency plan, home refill",
            # counted from D too, for a pump that never runs dry (stopped, drug too old)
            from_danger(7 * DAY),
            from_dry(-3 * DAY),
            to=(
                Target.OWNER,
                Target.NURSE,
                Target.COORDINATOR,
                Target.CLINICIAN,
                Target.LAST_RESORT,
            ),
            repeat=thrice,
            keeps_quiet_hours=is_low,
            **late,
        ),
        rung(
            "treat as an emergency: the pump may be empty",
            from_dry(AT_ONCE),
            to=(
                Target.OWNER,
                Target.NURSE,
                Target.COORDINATOR,
                Target.CLINICIAN,
                Target.LAST_RESORT,
            ),
            level=Level.URGENT,
            template="refill_dry",
            repeat=DAY if is_low else 4 * HOUR,
            keeps_quiet_hours=False,
        ),
    ]
