"""Open watches and the versions of ladders: a watch keeps its version until it is moved."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.models import Policy, Watch
from tracker.services.lifespans import settle
from tracker.services.renumbering import climb_instead


def open_by_version(session: Session, newest: Policy) -> dict[int, int]:
    """How many open watches climb each version of this ladder."""
    asked = (
        sa.select(Policy.version, sa.func.count())
        .join(Watch, Watch.policy_id == Policy.id)
        .where(_same_ladder(newest), Watch.closed_at.is_(None))
        .group_by(Policy.version)
        .order_by(Policy.version)
    )
    return {version: count for version, count in session.execute(asked)}


def move_open_watches(session: Session, newest: Policy, *, now: datetime) -> int:
    """Let every open watch of an older version climb this one; how many there were.

    Each is settled at once, so that what the new ladder has due is said by the next tick.
    """
    asked = (
        sa.select(Watch)
        .join(Policy, Policy.id == Watch.policy_id)
        .where(_same_ladder(newest), Policy.id != newest.id, Watch.closed_at.is_(None))
        .order_by(Watch.id)
        .options(joinedload(Watch.policy, innerjoin=True))
        .with_for_update(of=Watch)
    )
    moved = 0
    for watch in session.scalars(asked):
        climb_instead(session, watch, newest)
        settle(session, watch, now=now)
        moved += 1
    session.flush()
    return moved


def _same_ladder(newest: Policy) -> sa.ColumnElement[bool]:
    return sa.and_(
        Policy.clinic_id == newest.clinic_id,
        Policy.kind == newest.kind,
        Policy.risk_class == newest.risk_class,
    )
