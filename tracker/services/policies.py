"""A clinic's ladders: which version a new watch climbs."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Ladder, ladder_from, validate
from tracker.domain.ladders import default_ladder
from tracker.domain.risk import RiskClass
from tracker.models import Policy
from tracker.services.rows import insert_new


def install_default_policies(session: Session, clinic_id: int, *, now: datetime) -> int:
    """Give a clinic the default ladder for whatever it has none yet; how many that were."""
    asked = sa.select(Policy.kind, Policy.risk_class).where(Policy.clinic_id == clinic_id)
    has = {(row.kind, row.risk_class) for row in session.execute(asked)}
    missing = [
        (kind, risk) for kind in WatchKind for risk in RiskClass if (kind, risk) not in has
    ]
    for kind, risk in missing:
        _write(session, clinic_id, kind, risk, default_ladder(kind, risk), version=1, now=now)
    return len(missing)


def write_policy(
    session: Session,
    clinic_id: int,
    kind: WatchKind,
    risk: RiskClass,
    ladder: Ladder,
    *,
    now: datetime,
) -> Policy:
    """A new version of a ladder. Raises SilentPolicy for one that could fall silent."""
    newest = _newest(session, clinic_id, kind, risk)
    version = newest.version + 1 if newest else 1
    _write(session, clinic_id, kind, risk, ladder, version=version, now=now)
    return newest_policy(session, clinic_id, kind, risk, now=now)


def newest_policy(
    session: Session, clinic_id: int, kind: WatchKind, risk: RiskClass, *, now: datetime
) -> Policy:
    """The version that a watch opened now climbs; the default where there is none yet.

    A refill must be saved also where a newer program knows a kind that the clinic has not.
    """
    found = _newest(session, clinic_id, kind, risk)
    if found is None:
        _write(session, clinic_id, kind, risk, default_ladder(kind, risk), version=1, now=now)
        found = _newest(session, clinic_id, kind, risk)
    assert found is not None, "written just now, by us or by another"
    return found


def _newest(
    session: Session, clinic_id: int, kind: WatchKind, risk: RiskClass
) -> Policy | None:
    return session.scalar(
        sa.select(Policy)
        .where(Policy.clinic_id == clinic_id, Policy.kind == kind, Policy.risk_class == risk)
        .order_by(Policy.version.desc())
        .limit(1)
    )


def _write(
    session: Session,
    clinic_id: int,
    kind: WatchKind,
    risk: RiskClass,
    ladder: Ladder,
    *,
    version: int,
    now: datetime,
) -> None:
    """The only writer of policies: what could fall silent is refused here."""
    validate(ladder, kind)
    row = {
        "clinic_id": clinic_id,
        "kind": kind,
        "risk_class": risk,
        "version": version,
        "steps": ladder.as_json(),
        "created_at": now,
    }
    key = ("clinic_id", "kind", "risk_class", "version")
    session.execute(insert_new(session, Policy, *key), [row])


def ladder_of(policy: Policy) -> Ladder:
    """The steps of a stored version."""
    return ladder_from(policy.steps)
