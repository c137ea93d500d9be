"""The promises, looked at by every tick; a breach is itself an alarm (`services/breaches`).

That every active pump is watched is refused by the database; it is looked for all the same.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tracker.domain.message import Channel
from tracker.services import breaches
from tracker.services.audit_checks import checked, checks_of
from tracker.services.audit_queues import WHEN, waiting
from tracker.services.audit_slices import OF_PUMPS, OF_URGENT, in_slices
from tracker.services.breaches import Breach
from tracker.services.clocks import SKEW
from tracker.services.day_reports import due_reports
from tracker.services.heartbeats import Beat, Look
from tracker.services.morning_lists import OVERDUE, due_lists

JUMP = timedelta(hours=25)  # a day, and the hour by which a day may be longer

EVERY_WAY = frozenset(Channel)

PROMISES = (
    *("climbing", "lease", "sending", "clock", "list", "report"),
    *OF_PUMPS,
    *OF_URGENT,
    *(check.promise for check in checks_of(EVERY_WAY)),
)


def audit(
    session: Session,
    look: Look,
    last: Beat | None,
    *,
    channels: frozenset[Channel] = EVERY_WAY,
    now: datetime,
) -> list[Breach]:
    """Every breach found; an empty list when all that was looked at is kept.

    `channels` are the ways of sending that are set up, where that is known.
    """
    turn = last.id if last is not None else 0
    return [
        *waiting(session, look, last, now=now),
        *checked(session, channels, now=now),
        *in_slices(session, turn, now=now),
        *_lists(session, now=now),
        *_reports(session, now=now),
        *_clock(last, now=now),
    ]


def settle(session: Session, found: list[Breach], last: Beat | None, *, now: datetime) -> None:
    """Let each breach be an alarm, and end the alarms of what is kept again."""
    breaches.settle(session, found, last, promises=PROMISES, now=now)


def _lists(session: Session, *, now: datetime) -> list[Breach]:
    """A clinic whose emergency list of today is an hour late; one that has had lists before."""
    return [
        Breach(
            "list",
            "The emergency list of today has not been made.",
            f"clinic:{due.clinic_id}",
            due.clinic_id,
        )
        for due in due_lists(session, now=now - OVERDUE)
        if due.had_lists
    ]


def _reports(session: Session, *, now: datetime) -> list[Breach]:
    """A clinic whose report is an hour late; one that has had such reports before."""
    return [
        Breach(
            "report",
            "The report that the clinic is told by has not been made.",
            f"clinic:{due.clinic_id}",
            due.clinic_id,
        )
        for due in due_reports(session, now=now - OVERDUE)
        if due.had_reports
    ]


def _clock(last: Beat | None, *, now: datetime) -> list[Breach]:
    """A jump between any two of the last ticks, the newest first.

    Two hosts may differ by a little; that is no jump.
    """
    later = now
    for earlier in last.ticks if last is not None else ():
        if later < earlier - SKEW:
            said = "The clock went back"
        elif later > earlier + JUMP:
            said = "For more than a day nothing ran, or the clock jumped"
        else:
            later = earlier
            continue
        sentence = f"{said}: after a tick of {earlier:{WHEN}} came one of {later:{WHEN}}."
        return [Breach("clock", sentence, "heartbeat")]
    return []
