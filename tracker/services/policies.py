"""A clinic's ladders: which version a new watch climbs."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Ladder, ladder_from
from tracker.domain.ladders import default_ladder
from tracker.domain.risk import RiskClass
from tracker.models import Policy


def install_default_policies(session: Session, clinic_id: int, *, now: datetime) -> None:
    """Give a new clinic the default ladder of every kind and risk class, as version 1."""
    session.add_all(
        Policy(
            clinic_id=clinic_id,
            kind=kind,
            risk_class=risk,
            version=1,
            steps=default_ladder(kind, risk).as_json(),
            created_at=now,
        )
        for kind in WatchKind
        for risk in RiskClass
    )
    session.flush()


def newest_policy(session: Session, clinic_id: int, kind: WatchKind, risk: RiskClass) -> Policy:
    """The version that a watch opened now climbs."""
    return session.scalars(
        sa.select(Policy)
        .where(Policy.clinic_id == clinic_id, Policy.kind == kind, Policy.risk_class == risk)
        .order_by(Policy.version.desc())
        .limit(1)
    ).one()


def ladder_of(policy: Policy) -> Ladder:
    """The steps of a stored version."""
    return ladder_from(policy.steps)
