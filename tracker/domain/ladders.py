"""The ladders that a new clinic starts with; every clinic may edit them.

No published policy prints the days (docs/sources.md, "Escalation"): the days below are the
proposal of DOMAIN 6.2. D is refill-by, E the earliest credible empty instant; of a battery D is
the day by which surgery must be booked, E the end of service.

A step has one text, so patients and staff have steps of their own; where both belong to one
day, staff are told an hour after the patient, so that after an outage it is staff who are told.
The patient's steps all count from D and lie a day or more apart, never repeat and end before
D: two patient messages on one day can't come from one set of dates. From D on people phone.
"""

from datetime import timedelta
from functools import cache
from typing import Any

from tracker.domain.danger import WatchKind
from tracker.domain.ladder import Anchor, Ladder, Level, Step, Target
from tracker.domain.risk import RiskClass

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

OWNER, NURSE, COORDINATOR = Target.OWNER, Target.NURSE, Target.COORDINATOR
CLINICIAN, LAST_RESORT = Target.CLINICIAN, Target.LAST_RESORT
PATIENT, CARER = Target.PATIENT, Target.CARER
INFO, WARN, URGENT = Level.INFO, Level.WARN, Level.URGENT


@cache
def default_ladder(kind: WatchKind, risk: RiskClass) -> Ladder:
    """The ladder of a new clinic for this danger and this withdrawal risk class."""
    match kind:
        case WatchKind.REFILL:
            return _refill(risk)
        case WatchKind.BATTERY:
            return _battery()
        case WatchKind.NO_DATA:
            return _since_opening(risk, "no_data", "enter the missing record")
        case WatchKind.UNDELIVERABLE:
            return _since_opening(risk, "undeliverable", "phone and mend the address")
        case WatchKind.MISMATCH:
            return _mismatch()
        case WatchKind.SYSTEM:
            return _system()


def _step(
    name: str,
    *offsets: tuple[Anchor, timedelta],
    to: tuple[Target, ...],
    level: Level,
    template: str,
    **more: Any,
) -> Step:
    return Step(0, name, offsets, to, level, template, **more)


def _ladder(*steps: Step) -> Ladder:
    return Ladder(
        tuple(
            Step(
                ordinal,
                one.name,
                one.offsets,
                one.targets,
                one.level,
                one.template,
                one.repeat,
                one.keeps_quiet_hours,
            )
            for ordinal, one in enumerate(steps, 1)
        )
    )


def _danger(offset: timedelta) -> tuple[Anchor, timedelta]:
    return Anchor.DANGER, offset


def _dry(offset: timedelta) -> tuple[Anchor, timedelta]:
    return Anchor.DRY, offset


def _opened(offset: timedelta) -> tuple[Anchor, timedelta]:
    return Anchor.OPENED, offset


def _refill(risk: RiskClass) -> Ladder:
    return _ladder(*_before_refill_by(risk), *_after_refill_by(risk))


def _before_refill_by(risk: RiskClass) -> list[Step]:
    please: dict[str, Any] = {"template": "refill_please_book"}
    book: dict[str, Any] = {"template": "refill_book"}
    copied = (CLINICIAN,) if risk is RiskClass.CRITICAL else ()
    three_weeks = [
        _step(
            "ask the patient to book", _danger(-21 * DAY), to=(PATIENT,), level=INFO, **please
        ),
        _step(
            "ask the owner to book", _danger(-21 * DAY + HOUR), to=(OWNER,), level=INFO, **book
        ),
    ]
    return [
        *([] if risk is RiskClass.LOW else three_weeks),
        _step(
            "ask the patient to book (14 days)",
            _danger(-14 * DAY),
            to=(PATIENT,),
            level=INFO,
            **please,
        ),
        _step(
            "ask for the visit, the drug order and the authorisation",
            _danger(-14 * DAY + HOUR),
            to=(OWNER, COORDINATOR),
            level=INFO,
            **book,
        ),
        _step(
            "ask the patient and the carer to book",
            _danger(-7 * DAY),
            to=(PATIENT, CARER),
            level=WARN,
            **please,
        ),
        _step(
            "ask the coordinator to phone the patient",
            _danger(-7 * DAY + HOUR),
            to=(OWNER, COORDINATOR),
            level=WARN,
            **book,
        ),
        _step(
            "ask the nurse to phone the patient and hold a slot",
            _danger(-3 * DAY),
            to=(OWNER, NURSE, *copied),
            level=WARN,
            **book,
        ),
        _step(
            "remind the patient and the carer of the last day",
            _danger(-DAY),
            to=(PATIENT, CARER),
            level=WARN,
            **please,
        ),
        _step(
            "confirm the visit, transport and interpreter",
            _danger(-DAY + HOUR),
            to=(OWNER, COORDINATOR),
            level=WARN,
            **book,
        ),
    ]


def _after_refill_by(risk: RiskClass) -> list[Step]:
    """From refill-by on every step repeats until a refill is recorded."""
    is_low = risk is RiskClass.LOW
    doctor = () if is_low else (CLINICIAN,)
    # three tries a day at different hours (step 6); return of pain without withdrawal: daily
    thrice = DAY if is_low else 8 * HOUR
    late: dict[str, Any] = {"level": URGENT, "template": "refill_late"}
    return [
        _step(
            "phone the patient today: the refill is late",
            _danger(timedelta()),
            to=(OWNER, NURSE, *doctor),
            repeat=thrice,
            **late,
        ),
        _step(
            "let the physician decide; phone the emergency contact",
            _danger(2 * DAY),
            _dry(-5 * DAY),
            to=(OWNER, NURSE, COORDINATOR, CLINICIAN),
            repeat=thrice,
            **late,
        ),
        _step(
            "call in the supervisor: welfare check, emergency plan, home refill",
            # counted from D too, for a pump that never runs dry (stopped, drug too old)
            _danger(7 * DAY),
            _dry(-3 * DAY),
            to=(OWNER, NURSE, COORDINATOR, CLINICIAN, LAST_RESORT),
            repeat=thrice,
            keeps_quiet_hours=is_low,
            **late,
        ),
        _step(
            "treat as an emergency: the pump may be empty",
            _dry(timedelta()),
            to=(OWNER, NURSE, COORDINATOR, CLINICIAN, LAST_RESORT),
            level=URGENT,
            template="refill_dry",
            repeat=DAY if is_low else 4 * HOUR,
            keeps_quiet_hours=False,
        ),
    ]


def _battery() -> Ladder:
    """Plan 6 months before the end (S:4), book by 3 months before it (S:29).

    Steps count from both dates, for D may have been moved back to an open day.
    """
    words: dict[str, Any] = {"template": "battery_replace"}
    return _ladder(
        _step(
            "plan the replacement of the pump",
            _danger(-90 * DAY),
            _dry(-180 * DAY),
            to=(OWNER, CLINICIAN),
            level=INFO,
            repeat=30 * DAY,
            **words,
        ),
        _step(
            "book the replacement of the pump",
            _danger(timedelta()),
            _dry(-90 * DAY),
            to=(OWNER, COORDINATOR, CLINICIAN),
            level=WARN,
            repeat=7 * DAY,
            **words,
        ),
        _step(
            "fix the surgery: the pump stops within two weeks",
            _danger(76 * DAY),
            _dry(-14 * DAY),
            to=(OWNER, COORDINATOR, CLINICIAN, LAST_RESORT),
            level=URGENT,
            repeat=DAY,
            **words,
        ),
        _step(
            "treat as a stopped pump: the service life is over",
            _dry(timedelta()),
            to=(OWNER, NURSE, COORDINATOR, CLINICIAN, LAST_RESORT),
            level=URGENT,
            repeat=8 * HOUR,
            keeps_quiet_hours=False,
            **words,
        ),
    )


def _since_opening(risk: RiskClass, template: str, task: str) -> Ladder:
    """A danger without a date: it is pressed from the hour in which it was found."""
    pace = 2 * DAY if risk is RiskClass.LOW else DAY
    return _ladder(
        _step(
            f"ask the owner to {task}",
            _opened(timedelta()),
            to=(OWNER,),
            level=WARN,
            template=template,
        ),
        _step(
            f"ask the owner and the nurse to {task}",
            _opened(pace),
            to=(OWNER, NURSE),
            level=URGENT,
            template=template,
            repeat=DAY,
        ),
        _step(
            f"call in the supervisor to {task}",
            _opened(2 * pace),
            to=(OWNER, NURSE, COORDINATOR, LAST_RESORT),
            level=URGENT,
            template=template,
            repeat=DAY,
        ),
    )


def _mismatch() -> Ladder:
    """Two dates differ; the earlier one binds meanwhile, so nobody is woken for it."""
    words: dict[str, Any] = {"level": WARN, "template": "mismatch"}
    return _ladder(
        _step(
            "ask the owner which record is missing", _opened(timedelta()), to=(OWNER,), **words
        ),
        _step(
            "ask the owner and the nurse which record is missing",
            _opened(2 * DAY),
            to=(OWNER, NURSE),
            repeat=2 * DAY,
            **words,
        ),
        _step(
            "ask the coordinator to settle the two dates",
            _opened(7 * DAY),
            to=(OWNER, NURSE, COORDINATOR),
            repeat=3 * DAY,
            **words,
        ),
    )


def _system() -> Ladder:
    """The watching itself is at fault, and then nothing else can be trusted: all at once."""
    return _ladder(
        _step(
            "mend the fault, and work from the printed list",
            _opened(timedelta()),
            to=(OWNER, COORDINATOR, LAST_RESORT),
            level=URGENT,
            template="system_fault",
            repeat=4 * HOUR,
            keeps_quiet_hours=False,
        ),
    )
