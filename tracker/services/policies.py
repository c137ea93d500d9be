"""A clinic's ladders: which version a new watch climbs."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from tracker.domain.danger import WatchKind
from tracker.domain.errors import ChangedMeanwhile, SilentPolicy
from tracker.domain.escalation import Ladder, Step, ladder_from, validate
from tracker.domain.ladder import FOR_PATIENTS
from tracker.domain.ladders import default_ladder, templates_of
from tracker.domain.risk import RiskClass
from tracker.models import Membership, Policy, Staff, Watch
from tracker.services.rows import insert_many
from tracker.services.trail_changes import tell_added

# asked for each watch that is written, so put together once
_NEWEST = (
    sa.select(Policy)
    .where(
        Policy.clinic_id == sa.bindparam("clinic_id"),
        Policy.kind == sa.bindparam("kind"),
        Policy.risk_class == sa.bindparam("risk_class"),
    )
    .order_by(Policy.version.desc())
    .limit(1)
)


def install_default_policies(session: Session, clinic_id: int, *, now: datetime) -> int:
    """Give a clinic the default ladder for whatever it has none yet; how many that were."""
    asked = sa.select(Policy.kind, Policy.risk_class).where(Policy.clinic_id == clinic_id)
    has = {(row.kind, row.risk_class) for row in session.execute(asked)}
    missing = [
        (kind, risk) for kind in WatchKind for risk in RiskClass if (kind, risk) not in has
    ]
    rows = [
        _row(clinic_id, kind, risk, default_ladder(kind, risk), version=1, now=now)
        for kind, risk in missing
    ]
    return len(_insert(session, rows))


def write_policy(
    session: Session,
    clinic_id: int,
    kind: WatchKind,
    risk: RiskClass,
    ladder: Ladder,
    *,
    seen_version: int | None = None,
    note: str = "",
    by: Staff | None = None,
    now: datetime,
) -> Policy:
    """A new version of a ladder. Raises SilentPolicy for one that could fall silent.

    Raises ChangedMeanwhile where a version came after the one that was seen.
    """
    newest = _newest(session, clinic_id, kind, risk)
    version = newest.version + 1 if newest else 1
    check_ladder(session, clinic_id, kind, ladder)
    is_first = seen_version is None or seen_version == version - 1
    row = _row(clinic_id, kind, risk, ladder, version=version, note=note, by=by, now=now)
    if not is_first or not _insert(session, [row]):
        raise ChangedMeanwhile("Somebody else has saved this policy meanwhile.")
    return newest_policy(session, clinic_id, kind, risk, now=now)


def check_ladder(session: Session, clinic_id: int, kind: WatchKind, ladder: Ladder) -> None:
    """Raises SilentPolicy for a ladder that this clinic could not climb."""
    _check_words(ladder, kind)
    _check_people(session, clinic_id, ladder)
    validate(ladder, kind)


def naming(session: Session, staff_id: int) -> list[Policy]:
    """The newest versions, in any clinic, with a step that names somebody."""
    later = aliased(Policy)
    is_old = sa.exists().where(
        later.clinic_id == Policy.clinic_id,
        later.kind == Policy.kind,
        later.risk_class == Policy.risk_class,
        later.version > Policy.version,
    )
    found = session.scalars(sa.select(Policy).where(~is_old).order_by(Policy.id))
    return [one for one in found if any(staff_id in s.people for s in ladder_of(one).steps)]


def hand_over(
    session: Session, policy: Policy, staff: Staff, heir: Staff, *, now: datetime
) -> Policy:
    """A new version that names the heir instead; open watches climb it from where they are."""
    steps = tuple(
        replace(one, people=_with_heir(one.people, staff.id, heir.id))
        for one in ladder_of(policy).steps
    )
    key = (policy.clinic_id, policy.kind, policy.risk_class)
    note = f"{heir.name} instead of {staff.name}, who has left"[:200]
    seen = policy.version
    newer = write_policy(session, *key, Ladder(steps), seen_version=seen, note=note, now=now)
    # only the people differ, so that each step is where it was
    session.execute(
        sa.update(Watch)
        .where(Watch.policy_id == policy.id, Watch.closed_at.is_(None))
        .values(policy_id=newer.id)
    )
    return newer


def _with_heir(people: tuple[int, ...], staff_id: int, heir_id: int) -> tuple[int, ...]:
    """The people with one in another's place, each once."""
    return tuple(dict.fromkeys(heir_id if one == staff_id else one for one in people))


def newest_policy(
    session: Session, clinic_id: int, kind: WatchKind, risk: RiskClass, *, now: datetime
) -> Policy:
    """The version that a watch opened now climbs; the default where there is none yet.

    A refill must be saved also where a newer program knows a kind that the clinic has not.
    """
    found = _newest(session, clinic_id, kind, risk)
    if found is None:
        ladder = default_ladder(kind, risk)
        _insert(session, [_row(clinic_id, kind, risk, ladder, version=1, now=now)])
        found = _newest(session, clinic_id, kind, risk)
    assert found is not None, "written just now, by us or by another"
    return found


def newest_policies(session: Session, clinic_id: int) -> list[Policy]:
    """The version of each ladder that counts now, in the order of kinds and classes."""
    newest = (
        sa.select(sa.func.max(Policy.id))
        .where(Policy.clinic_id == clinic_id)
        .group_by(Policy.kind, Policy.risk_class)
    )
    kinds, risks = list(WatchKind), list(RiskClass)
    return sorted(
        session.scalars(sa.select(Policy).where(Policy.id.in_(newest))),
        key=lambda one: (kinds.index(one.kind), risks.index(one.risk_class)),
    )


def present_policy(
    session: Session, clinic_id: int, kind: WatchKind, risk: RiskClass
) -> Policy | None:
    """The newest version that is written down; None where the clinic has the default unsaid."""
    return _newest(session, clinic_id, kind, risk)


def _newest(
    session: Session, clinic_id: int, kind: WatchKind, risk: RiskClass
) -> Policy | None:
    facts = {"clinic_id": clinic_id, "kind": kind, "risk_class": risk}
    return session.scalar(_NEWEST, facts)


def _row(
    clinic_id: int,
    kind: WatchKind,
    risk: RiskClass,
    ladder: Ladder,
    *,
    version: int,
    note: str = "",
    by: Staff | None = None,
    now: datetime,
) -> dict[str, Any]:
    """The only maker of rows of policies: what could fall silent is refused here."""
    validate(ladder, kind)
    return {
        "clinic_id": clinic_id,
        "kind": kind,
        "risk_class": risk,
        "version": version,
        "steps": ladder.as_json(),
        "note": note,
        "created_at": now,
        "created_by_id": by and by.id,
    }


def _insert(session: Session, rows: list[dict[str, Any]]) -> list[int]:
    """Write what nobody else has written meanwhile; the numbers of what was."""
    written = insert_many(session, Policy, rows, "clinic_id", "kind", "risk_class", "version")
    for number, row in written:
        tell_added(session, Policy, number, row)
    return [number for number, _ in written]


def _check_words(ladder: Ladder, kind: WatchKind) -> None:
    """Refuse words of another kind of watch, and words a patient would not be sent."""
    fitting = templates_of(kind)
    for step in ladder.steps:
        if step.template not in fitting:
            _refuse(step, "these words are not for this kind of watch")
        if step.is_outside and step.template not in FOR_PATIENTS:
            _refuse(step, "these words are not for a patient")


def _check_people(session: Session, clinic_id: int, ladder: Ladder) -> None:
    asked = (
        sa.select(Membership.staff_id)
        .join(Staff, Staff.id == Membership.staff_id)
        .where(Membership.clinic_id == clinic_id, Staff.left_at.is_(None))
    )
    members = set(session.scalars(asked))
    for step in ladder.steps:
        if not members.issuperset(step.people):
            _refuse(step, "it names somebody who doesn't work here")


def _refuse(step: Step, why: str) -> None:
    raise SilentPolicy(
        f"Step {step.ordinal} ({step.name}): {why}.", field="steps", step=step.ordinal
    )


def ladder_of(policy: Policy) -> Ladder:
    """The steps of a stored version."""
    return ladder_from(policy.steps)
