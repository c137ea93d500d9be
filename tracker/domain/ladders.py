"""The ladders that a new clinic starts with; every clinic may edit them.

No published policy prints the days (docs/sources.md, "Escalation"): the days below are the
proposal of DOMAIN 6.2. D is refill-by, E the earliest credible empty instant; of a battery D is
the day by which surgery must be booked, E the end of service.
"""

from functools import cache
from typing import Any

from tracker.domain.alarm_ladders import alarm_ladder, minor_alarm_ladder
from tracker.domain.battery_ladder import battery_ladder
from tracker.domain.discrepancy_ladder import discrepancy_ladder, dispute_ladder
from tracker.domain.ending_ladder import ending_ladder
from tracker.domain.event_ladders import assessment_ladder, interrogation_ladder, review_ladder
from tracker.domain.facts import WatchKind
from tracker.domain.ladder import FOR_PATIENTS, OUTSIDE, Ladder, Level, Target
from tracker.domain.order_ladders import authorisation_ladder, order_ladder
from tracker.domain.recall_ladder import recall_ladder
from tracker.domain.refill_ladder import refill_ladder
from tracker.domain.report_ladder import report_ladder
from tracker.domain.risk import RiskClass
from tracker.domain.rungs import AT_ONCE, DAY, HOUR, from_opening, numbered, rung
from tracker.domain.visit_ladder import visit_ladder
from tracker.domain.waiting_ladders import (
    access_ladder,
    call_ladder,
    reply_ladder,
    transfer_ladder,
)


@cache
def default_ladder(kind: WatchKind, risk: RiskClass) -> Ladder:
    """The ladder of a new clinic for this danger and this withdrawal risk class."""
    match kind:
        case WatchKind.REFILL:
            return refill_ladder(risk)
        case WatchKind.BATTERY:
            return battery_ladder()
        case WatchKind.NO_DATA:
            return _since_opening(risk, "no_data", "enter the missing record")
        case WatchKind.STOPPED:
            return _since_opening(risk, "pump_stopped", "have the stopped pump seen to")
        case WatchKind.UNDELIVERABLE:
            return _since_opening(risk, "undeliverable", "phone and mend the address")
        case WatchKind.MISMATCH:
            return _mismatch()
        case WatchKind.DISCREPANCY:
            return discrepancy_ladder()
        case WatchKind.DISPUTE:
            return dispute_ladder()
        case WatchKind.ENDING:
            return ending_ladder()
        case WatchKind.VISIT:
            return visit_ladder(risk)
        case WatchKind.REPLY:
            return reply_ladder()
        case WatchKind.CALL:
            return call_ladder(risk)
        case WatchKind.LIST:
            return _list()
        case WatchKind.DAY_REPORT:
            return report_ladder("day", Target.DAY_READERS)
        case WatchKind.WEEK_REPORT:
            return report_ladder("week", Target.WEEK_READERS)
        case WatchKind.ACCESS:
            return access_ladder()
        case WatchKind.TRANSFER:
            return transfer_ladder()
        case WatchKind.RECALL:
            return recall_ladder(risk)
        case WatchKind.ORDER:
            return order_ladder()
        case WatchKind.AUTHORISATION:
            return authorisation_ladder()
        case WatchKind.ALARM:
            return alarm_ladder()
        case WatchKind.MINOR_ALARM:
            return minor_alarm_ladder()
        case WatchKind.INTERROGATION:
            return interrogation_ladder()
        case WatchKind.ASSESSMENT:
            return assessment_ladder()
        case WatchKind.RAISED_FLOW:
            return _since_opening(risk, "flow_raised", "have a clinician decide on the refill")
        case WatchKind.REVIEW:
            return review_ladder()
        case WatchKind.SYSTEM:
            return _system()


READERS = {  # of which report
    Target.DAY_READERS: WatchKind.DAY_REPORT,
    Target.WEEK_READERS: WatchKind.WEEK_REPORT,
}


def templates_of(kind: WatchKind) -> tuple[str, ...]:
    """The words that a step of such a watch may be told in, in the order of the default."""
    steps = (step for risk in RiskClass for step in default_ladder(kind, risk).steps)
    return tuple(dict.fromkeys(step.template for step in steps))


def targets_of(kind: WatchKind) -> tuple[Target, ...]:
    """Whom a step of such a watch can tell: a patient only what there are words for.

    Whoever reads a report is told by the ladder of that report.
    """
    odd = {one for one, report in READERS.items() if report is not kind}
    if not FOR_PATIENTS.keys() & set(templates_of(kind)):
        odd |= OUTSIDE
    return tuple(one for one in Target if one not in odd)


def _since_opening(risk: RiskClass, template: str, task: str) -> Ladder:
    """A danger without a date: it is pressed from the hour in which it was found."""
    pace = 2 * DAY if risk is RiskClass.LOW else DAY
    return numbered(
        rung(
            f"ask the owner to {task}",
            from_opening(AT_ONCE),
            to=(Target.OWNER,),
            level=Level.WARN,
            template=template,
        ),
        rung(
            f"ask the owner and the nurse to {task}",
            from_opening(pace),
            to=(Target.OWNER, Target.NURSE),
            level=Level.URGENT,
            template=template,
            repeat=DAY,
        ),
        rung(
            f"call in the supervisor to {task}",
            from_opening(2 * pace),
            to=(Target.OWNER, Target.NURSE, Target.COORDINATOR, Target.LAST_RESORT),
            level=Level.URGENT,
            template=template,
            repeat=DAY,
        ),
    )


def _mismatch() -> Ladder:
    """Two dates differ; the earlier one binds meanwhile, so nobody is woken for it."""
    words: dict[str, Any] = {"level": Level.WARN, "template": "mismatch"}
    return numbered(
        rung(
            "ask the owner which record is missing",
            from_opening(AT_ONCE),
            to=(Target.OWNER,),
            **words,
        ),
        rung(
            "ask the owner and the nurse which record is missing",
            from_opening(2 * DAY),
            to=(Target.OWNER, Target.NURSE),
            repeat=2 * DAY,
            **words,
        ),
        rung(
            "ask the coordinator to settle the two dates",
            from_opening(7 * DAY),
            to=(Target.OWNER, Target.NURSE, Target.COORDINATOR),
            repeat=3 * DAY,
            **words,
        ),
    )


def _list() -> Ladder:
    """The emergency list of a morning: sent once, and again only if it is unclear."""
    return numbered(
        rung(
            "send the emergency list of the day",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.COORDINATOR, Target.LAST_RESORT),
            level=Level.INFO,
            template="morning_list",
            keeps_quiet_hours=False,
        ),
    )


def _system() -> Ladder:
    """The watching itself is at fault, and then nothing else can be trusted: all at once."""
    return numbered(
        rung(
            "mend the fault, and work from the printed list",
            from_opening(AT_ONCE),
            to=(Target.OWNER, Target.COORDINATOR, Target.LAST_RESORT),
            level=Level.URGENT,
            template="system_fault",
            repeat=4 * HOUR,
            keeps_quiet_hours=False,
        ),
    )
