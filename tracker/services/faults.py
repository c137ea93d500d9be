"""Watches on the watching itself: a row that can't be climbed, a message nobody got.

They are opened once by their open key, climb a ladder like any other watch, and are closed by
evidence that the cause is gone. (`domain/alarm` is about the alarms that a pump sounds.)
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import START, Anchors, Level, next_action
from tracker.domain.risk import RiskClass
from tracker.models import Clinic, Watch
from tracker.services.policies import ladder_of, newest_policy


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


def insert_new(session: Session, table: type[Any], key: str) -> Any:
    """An INSERT that leaves alone a row whose unique `key` is there already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(table.__table__).on_conflict_do_nothing(index_elements=[key])


def raise_fault(session: Session, kind: WatchKind, cause: Cause, *, now: datetime) -> bool:
    """Open a watch of `kind` for this cause; False if it is open already."""
    policy = newest_policy(session, cause.clinic_id, kind, cause.risk_class)
    anchors = Anchors(danger_at=None, dry_at=None, opened_at=now, counts_from_at=None)
    at, name = next_action(ladder_of(policy), anchors, START)
    owner_id = cause.owner_id or session.scalar(
        sa.select(Clinic.last_resort_id).where(Clinic.id == cause.clinic_id)
    )
    row = {
        "clinic_id": cause.clinic_id,
        "pump_id": cause.pump_id,
        "kind": kind,
        "explanation": {"sentence": cause.sentence, **dict(cause.facts)},
        "risk_class": cause.risk_class,
        "policy_id": policy.id,
        "level": Level.INFO,
        "cursor": 0,
        "round": 0,
        "next_action_at": at,
        "next_action": name,
        "owner_id": owner_id,
        "opened_at": now,
        "open_key": cause.open_key,
        "drugs": "",
    }
    done = session.execute(insert_new(session, Watch, "open_key"), [row])
    return bool(done.rowcount > 0)  # type: ignore[attr-defined]


def end_faults(
    session: Session, open_keys: list[str], *, evidence_kind: str, now: datetime
) -> int:
    """Close those of the watches that are open: the named evidence shows the cause is gone."""
    if not open_keys:
        return 0
    closed = session.execute(
        sa.update(Watch)
        .where(Watch.open_key.in_(open_keys))
        .values(closed_at=now, open_key=None, evidence_kind=evidence_kind)
        .execution_options(synchronize_session=False)
    )
    return int(closed.rowcount)  # type: ignore[attr-defined]
