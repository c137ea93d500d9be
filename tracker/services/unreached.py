"""A step that reaches nobody it names: reported once for each cause, until somebody is reached.

A patient without an address is no such cause: that is told where the patient is.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import Step
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.message import Channel
from tracker.models import Policy, Watch
from tracker.services.faults import Cause
from tracker.services.policies import ladder_of
from tracker.services.recipients import About, Reached, resolve
from tracker.services.rosters import People, learn

FACT = "unreached_policy_id"


def gather(causes: dict[str, Cause], row: sa.Row[Any], step: Step, reached: Reached) -> None:
    """Add why this step reached nobody, once for each policy step and reason."""
    reasons = [one for one in reached.missed if one.reason]
    if not reasons or row.kind is WatchKind.SYSTEM:  # the alarm about alarms has no other above
        return
    who = next((one.staff_id for one in reasons if one.staff_id is not None), None)
    key = f"policy:{row.policy_id}:{step.ordinal}:{who or 'step'}:unreachable"
    why = " and ".join(one.reason for one in reasons)
    sentence = (
        f"The step \N{LEFT DOUBLE QUOTATION MARK}{step.name}\N{RIGHT DOUBLE QUOTATION MARK} "
        f"reaches nobody it names: {why}. Others were told instead. Please see to it."
    )
    facts = (
        (FACT, row.policy_id),
        ("step", step.ordinal),
        ("owner_id", row.owner_id),
        ("is_about_owner", who == row.owner_id),
    )
    causes.setdefault(key, Cause(key, row.clinic_id, sentence, facts=facts))


def is_about(fault: Watch) -> bool:
    """Whether this system watch was raised for a step that reached nobody."""
    return FACT in fault.explanation


def over(
    session: Session, fault: Watch, channels: frozenset[Channel], *, now: datetime
) -> Evidence | None:
    """What shows the cause to be gone: the step reaches somebody, or nobody climbs it now."""
    said = fault.explanation
    policy = session.get_one(Policy, said[FACT])
    climbs = sa.select(Watch.id).where(Watch.policy_id == policy.id, Watch.closed_at.is_(None))
    if said["is_about_owner"]:
        climbs = climbs.where(Watch.owner_id == said["owner_id"])
    if session.scalar(climbs.limit(1)) is None:
        return Evidence(EvidenceKind.NOBODY_ASKS, policy.id)
    step = ladder_of(policy).steps[said["step"] - 1]
    people = People(channels)
    staff = {said["owner_id"], *step.people}
    learn(session, people, clinics={fault.clinic_id}, staff=staff, now=now)
    reached = resolve(step, people, About(fault.clinic_id, said["owner_id"], None))
    if reached.stands_in:
        return None
    return Evidence(EvidenceKind.REACHED_AGAIN, reached.recipients[0].staff_id)
