"""The promises that can be checked by index at every tick; a breach is itself an alarm.

That every active pump is watched needs no look: the database refuses the contrary.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.models import Clinic, Message, Pump, Staff, Watch
from tracker.services.audit_checks import (
    CHECKS,
    LATE,
    SLICE,
    moments,
    pumps_unwatched,
    whether_any,
)
from tracker.services.faults import Cause, raise_fault
from tracker.services.heartbeats import Beat, Look
from tracker.services.lifespans import Evidence, close_keys
from tracker.services.morning_lists import OVERDUE, due_lists
from tracker.services.rosters import staff_is_reachable
from tracker.services.states import CLAIMED, UNSENT

TICK = timedelta(minutes=1)
JUMP = timedelta(days=1)  # between two ticks: nothing ran, or the clock jumped
UNSENT_TOO_LONG = timedelta(hours=1)  # tried again and again, and still not handed over

WHEN = "%d %b %Y, %H:%M UTC"
NAMED = 20  # rows that are named of each kind of breach
LOOK_BACK = 60  # ticks: so often alarms are looked through though the last tick had no breach

PROMISES = (
    *("climbing", "lease", "sending", "last_resort", "clock", "covered", "list"),
    *(check.promise for check in CHECKS),
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that is not kept: which, in a sentence, and where to look."""

    promise: str
    sentence: str
    ref: str
    clinic_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def audit(session: Session, look: Look, last: Beat | None, *, now: datetime) -> list[Breach]:
    """Every breach found; an empty list when all that was looked at is kept.

    What waits because no tick ran is not a breach of the sender: it is looked at only where
    a tick ran shortly before this one.
    """
    found: list[Breach] = []
    if look.watch_at is not None and look.watch_at <= now - LATE:
        found += _climbing(session, now=now)
    if look.lease_at is not None and look.lease_at <= now:
        found += _leases(session, now=now)
    if look.unsent_at is not None and last is not None and now - last.ticked_at <= LATE + TICK:
        found += _sending(session, now=now)
    found += _last_resorts(session)
    found += _checks(session, now=now)
    found += _covered(session, last)
    found += _lists(session, now=now)
    found += _clock(last, now=now)
    return found


def settle(
    session: Session, breaches: list[Breach], last: Beat | None, *, now: datetime
) -> None:
    """Open one alarm for each clinic and broken promise; close those that are kept again."""
    if not breaches and last is not None and not last.had_breaches and last.id % LOOK_BACK:
        return
    clinics = list(session.scalars(sa.select(Clinic.id)))
    broken: dict[str, Breach] = {}
    for breach in breaches:
        for clinic_id in [breach.clinic_id] if breach.clinic_id else clinics:
            broken.setdefault(_key(clinic_id, breach.promise), breach)
    kept = {_key(one, promise) for one in clinics for promise in PROMISES} - broken.keys()
    close_keys(session, sorted(kept), Evidence("audit_passed"), now=now)
    for key, breach in broken.items():
        clinic_id = int(key.split(":")[1])
        raise_fault(session, WatchKind.SYSTEM, Cause(key, clinic_id, breach.sentence), now=now)


def _key(clinic_id: int, promise: str) -> str:
    return f"clinic:{clinic_id}:system:{promise}"


def _climbing(session: Session, *, now: datetime) -> list[Breach]:
    late = session.execute(
        sa.select(Watch.id, Watch.clinic_id, Watch.next_action_at)
        .where(Watch.closed_at.is_(None), Watch.next_action_at <= now - LATE)
        .order_by(Watch.next_action_at)
        .limit(1)
    ).first()
    if late is None:
        return []
    sentence = f"A watch has been due since {late.next_action_at:{WHEN}}."
    return [Breach("climbing", sentence, f"watch:{late.id}", late.clinic_id)]


def _leases(session: Session, *, now: datetime) -> list[Breach]:
    dead = session.execute(
        sa.select(Message.id, Message.clinic_id)
        .where(CLAIMED, Message.lease_until <= now)
        .limit(1)
    ).first()
    if dead is None:
        return []
    sentence = "A message was being sent when its sender stopped, and nobody has settled it."
    return [Breach("lease", sentence, f"message:{dead.id}", dead.clinic_id)]


def _sending(session: Session, *, now: datetime) -> list[Breach]:
    stuck = session.execute(
        sa.select(Message.id, Message.clinic_id, Message.planned_at)
        .where(
            UNSENT,
            sa.or_(
                Message.due_at <= now - LATE,
                sa.and_(Message.attempts > 0, Message.planned_at <= now - UNSENT_TOO_LONG),
            ),
        )
        .order_by(Message.due_at)
        .limit(1)
    ).first()
    if stuck is None:
        return []
    sentence = f"A message of {stuck.planned_at:{WHEN}} has not been sent."
    return [Breach("sending", sentence, f"message:{stuck.id}", stuck.clinic_id)]


def _clock(last: Beat | None, *, now: datetime) -> list[Breach]:
    if last is None or last.ticked_at <= now <= last.ticked_at + JUMP:
        return []
    when = f"the last tick was at {last.ticked_at:{WHEN}}"
    sentence = (
        f"The clock went back: {when}."
        if now < last.ticked_at
        else f"For more than a day nothing ran, or the clock jumped: {when}."
    )
    return [Breach("clock", sentence, "heartbeat")]


def _checks(session: Session, *, now: datetime) -> list[Breach]:
    """One question whether anything is wrong at all; only then which, and where."""
    at = moments(now=now)
    answers = session.execute(whether_any(), at).one()
    found: dict[tuple[int, str], Breach] = {}
    for check, is_broken in zip(CHECKS, answers, strict=True):
        rows = session.execute(check.rows().limit(NAMED), at).all() if is_broken else ()
        for clinic_id, number in rows:
            breach = Breach(check.promise, check.sentence, f"{check.ref}:{number}", clinic_id)
            found.setdefault((clinic_id, check.promise), breach)
    return list(found.values())


def _covered(session: Session, last: Beat | None) -> list[Breach]:
    """A slice of the pumps at each tick; the database refuses what is looked for here."""
    turn = last.id if last is not None else 0
    newest = session.scalar(sa.select(sa.func.max(Pump.id))) or 0
    first_id = 1 + (turn % (newest // SLICE + 1)) * SLICE
    rows = session.execute(pumps_unwatched(first_id).limit(NAMED)).all()
    return [
        Breach("covered", f"Pump {number} is not watched.", f"pump:{number}", clinic_id)
        for clinic_id, number in rows
    ]


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


def _last_resorts(session: Session) -> list[Breach]:
    asked = (
        sa.select(Clinic.id, Clinic.name)
        .join(Staff, Staff.id == Clinic.last_resort_id)
        .where(sa.not_(staff_is_reachable()))
    )
    return [
        Breach(
            "last_resort", f"The last resort of {name} can't be reached.", f"clinic:{one}", one
        )
        for one, name in session.execute(asked)
    ]
