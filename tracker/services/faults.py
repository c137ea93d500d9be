"""Watches on the watching itself: a row that can't be climbed, a message nobody got.

They are opened once by their open key, climb a ladder like any other watch, and are closed by
evidence that the cause is gone. (`domain/alarm` is about the alarms that a pump sounds.)
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import START, Anchors, resettle
from tracker.domain.risk import RiskClass
from tracker.domain.webhook import EventKind
from tracker.models import Clinic, Watch
from tracker.services.lifespans import born
from tracker.services.policies import ladder_of, newest_policy
from tracker.services.rows import insert_one
from tracker.services.webhook_events import tell


@dataclass(frozen=True, slots=True)
class Cause:
    """What is wrong, in words for staff, and the evidence it rests on."""

    open_key: str
    clinic_id: int
    sentence: str
    pump_id: int | None = None
    facts: tuple[tuple[str, Any], ...] = ()
    risk_class: RiskClass = RiskClass.CRITICAL
    owner_id: int | None = None  # None: the clinic's last resort


def raise_fault(session: Session, kind: WatchKind, cause: Cause, *, now: datetime) -> bool:
    """Open a watch of `kind` for this cause; False if it is open already."""
    policy = newest_policy(session, cause.clinic_id, kind, cause.risk_class, now=now)
    anchors = Anchors(danger_at=None, dry_at=None, opened_at=now, counts_from_at=None)
    first = resettle(ladder_of(policy), anchors, START, now=now)
    row = born(
        kind,
        cause.open_key,
        clinic_id=cause.clinic_id,
        pump_id=cause.pump_id,
        owner_id=cause.owner_id or _last_resort_id(session, cause.clinic_id),
        now=now,
    ) | {
        "explanation": {"sentence": cause.sentence, **dict(cause.facts)},
        "risk_class": cause.risk_class,
        "policy_id": policy.id,
        "next_action_at": first.next_action_at,
        "next_action": first.next_action,
        "drugs": "",
    }
    number = insert_one(session, Watch, row, "open_key")
    if number is not None:
        tell(session, EventKind.OPENED, [number], now=now)
    return number is not None


def _last_resort_id(session: Session, clinic_id: int) -> int | None:
    return session.scalar(sa.select(Clinic.last_resort_id).where(Clinic.id == clinic_id))
