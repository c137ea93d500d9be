"""How a watch begins and how it ends: the one place that opens and the one that closes.

Its dates are written by `watches`, its position by `climbing`; neither opens or closes by hand.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import (
    LOOK_AGAIN_NAME,
    Anchors,
    Level,
    Position,
    Settled,
    resettle,
)
from tracker.domain.evidence import Evidence, check_ends
from tracker.domain.ranking import rank_of
from tracker.domain.risk import RiskClass
from tracker.domain.webhook import EventKind
from tracker.models import Watch
from tracker.services.circumstances import Circumstances, circumstances_of, of_ended
from tracker.services.hushes import end_with
from tracker.services.perhaps_told import mark_perhaps_told
from tracker.services.policies import ladder_of, newest_policy
from tracker.services.renumbering import climb_instead
from tracker.services.rows import set_changed
from tracker.services.webhook_events import tell


def call_key(watch_id: int) -> str:
    """The open key of the call that was promised about a watch."""
    return f"call:{watch_id}"


def born(
    kind: WatchKind,
    open_key: str,
    *,
    clinic_id: int,
    pump_id: int | None,
    owner_id: int | None,
    now: datetime,
) -> dict[str, Any]:
    """The columns of a watch at its opening, before the first step."""
    return {
        "clinic_id": clinic_id,
        "pump_id": pump_id,
        "kind": kind,
        "rank": rank_of(kind),
        "open_key": open_key,
        "owner_id": owner_id,
        "opened_at": now,
        "level": Level.INFO,
        "cursor": 0,
        "round": 0,
        "perhaps_told": 0,
    }


def opened(session: Session, watch: Watch, *, now: datetime) -> None:
    """Add a watch that has been settled, and tell who is to know of it."""
    session.add(watch)
    session.flush()
    tell(session, EventKind.OPENED, [watch.id], now=now)


def anchors_of(watch: Watch) -> Anchors:
    """What the steps of a loaded watch are counted from."""
    return Anchors(
        watch.danger_at,
        watch.dry_at,
        watch.opened_at,
        watch.counts_from_at,
        watch.leaves_at,
        watch.leaving_known_at,
    )


def settle(session: Session, watch: Watch, *, now: datetime) -> Circumstances:
    """Put the watch where its dates and its ladder want it, and name what is next.

    A date that moved later takes it back at once: what waits of the lost steps stays unsent.
    In what circumstances it was found is said, so that nobody asks for them again.
    """
    ladder, anchors = ladder_of(watch.policy), anchors_of(watch)
    position = Position(watch.cursor, watch.round, watch.fired_at)
    known = circumstances_of(session, watch)
    settled = resettle(ladder, anchors, position, known.hush, now=now)
    has_changed = watch.id is not None and watch.level is not settled.level
    at = settled.position
    set_changed(watch, cursor=at.cursor, fired_at=at.fired_at, level=settled.level)
    if known.is_unconfirmed:
        mark_perhaps_told(watch, ladder, anchors, now=now)
    if not _keeps_waiting(watch, settled, now):
        next_at, what = settled.next_action_at, settled.next_action
        set_changed(watch, next_action_at=next_at, next_action=what)
    if has_changed and known.is_told:
        tell(session, EventKind.LEVEL, [watch.id], now=now)
    return known


def keep(
    session: Session, watch: Watch, *, is_new: bool, has_moved: bool = False, now: datetime
) -> None:
    """Write a watch whose dates were set just now: open it, or say that its date has moved."""
    if has_moved:
        watch.date_moves, watch.date_moved_at = watch.date_moves + 1, now
    known = settle(session, watch, now=now)
    if is_new:
        session.add(watch)
    session.flush()
    if is_new and known.is_told:
        tell(session, EventKind.OPENED, [watch.id], now=now)
    if has_moved and known.is_told:
        tell(session, EventKind.DATE, [watch.id], now=now)


def follow_policy(session: Session, watch: Watch, risk: RiskClass, *, now: datetime) -> None:
    """A watch keeps the version it was opened with, until its drug is of another class."""
    if watch.policy is None or watch.risk_class is not risk:
        policy = newest_policy(session, watch.clinic_id, watch.kind, risk, now=now)
        climb_instead(session, watch, policy)
    watch.risk_class = risk


def _keeps_waiting(watch: Watch, settled: Settled, now: datetime) -> bool:
    """True for what has been due before, or is only to be looked at, and still is.

    It keeps its time: writing a watch anew changes nothing, and hides from no audit how long it
    has been waiting.
    """
    waits_since = watch.next_action_at
    if waits_since is None:
        return False
    if settled.next_action_at <= now:
        return waits_since <= now
    looks = settled.next_action == watch.next_action == LOOK_AGAIN_NAME
    return looks and waits_since <= settled.next_action_at


def close(session: Session, watch: Watch, evidence: Evidence, *, now: datetime) -> None:
    """End a loaded watch, and what quietens it, with what shows the danger to be over.

    With it ends the call that was promised about it. Raises EndsNothing for what shows no such
    thing.
    """
    if watch.closed_at is not None:  # a promised call, ended with what it was about
        return
    check_ends(watch.kind, evidence)
    for name, value in _ended(evidence, now).items():
        setattr(watch, name, value)
    _let_end(session, [watch.id], now=now)
    if watch.next_call_on is not None:
        promised = session.scalar(sa.select(Watch).where(Watch.open_key == call_key(watch.id)))
        if promised is not None:
            close(session, promised, evidence, now=now)


def close_keys(
    session: Session, open_keys: list[str], evidence: Evidence, *, now: datetime
) -> int:
    """End those of the watches that are open, with their silences; how many there were."""
    if not open_keys:
        return 0
    closed = session.execute(
        sa.update(Watch)
        .where(Watch.open_key.in_(open_keys))
        .values(_ended(evidence, now))
        .returning(Watch.id, Watch.kind)
        .execution_options(synchronize_session=False)
    )
    rows = closed.all()
    for row in rows:
        check_ends(row.kind, evidence)
    ids = [row.id for row in rows]
    _let_end(session, ids, now=now)
    close_keys(session, [call_key(one) for one in ids], evidence, now=now)
    return len(ids)


def _let_end(session: Session, watch_ids: Sequence[int], *, now: datetime) -> None:
    """End what quietens watches that have ended, and tell who is to know of it."""
    if not watch_ids:
        return
    is_silenced, is_told = of_ended(session, watch_ids)
    if is_silenced:  # as few are; an update of nothing takes ten times as long
        end_with(session, watch_ids, now=now)
    if is_told:
        tell(session, EventKind.CLOSED, watch_ids, now=now)


def _ended(evidence: Evidence, now: datetime) -> dict[str, Any]:
    return {
        "closed_at": now,
        "open_key": None,
        "evidence_kind": evidence.kind,
        "evidence_id": evidence.id,
    }
