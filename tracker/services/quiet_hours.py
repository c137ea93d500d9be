"""Whether it is night where a message is to be read, and whether this one keeps to it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import SilentPolicy
from tracker.domain.escalation import Anchors, Level, ladder_from
from tracker.domain.position import step_dues
from tracker.domain.quiet import may_wait, quiet_until
from tracker.models import Policy
from tracker.services.afresh import Seen
from tracker.services.asking import rows_from

# asked of many that are due at night, so put together once
_STEPS = sa.select(Policy.steps).where(Policy.id == sa.bindparam("policy_id"))


def hold_until(session: Session, message: Seen, *, now: datetime) -> datetime | None:
    """When the quiet hours end that hold this message now; None if nothing holds it.

    A patient is never written to at night. Staff are where the step is urgent, where it says
    so, and where the date or the next step would come before the morning.
    """
    is_to_staff = message.contact_id is None
    zone = message.zone
    if not is_to_staff and message.patient_timezone is not None:
        zone = ZoneInfo(message.patient_timezone)
    until = quiet_until(zone, message.quiet_from, message.quiet_until, now=now)
    if until is None or not is_to_staff:
        return until
    return until if _keeps_quiet(session, message, until) else None


def _keeps_quiet(session: Session, message: Seen, until: datetime) -> bool:
    if message.level is Level.URGENT:
        return False
    try:
        facts = {"policy_id": message.policy_id}
        ladder = ladder_from(rows_from(session).scalars(_STEPS, facts).one())
    except SilentPolicy:
        return False  # a policy that can't be read must not make anything late
    if not 0 < message.step <= len(ladder.steps):
        return False
    if not ladder.steps[message.step - 1].keeps_quiet_hours:
        return False
    anchors = Anchors(
        message.danger_at, message.dry_at, message.opened_at, message.counts_from_at
    )
    later_steps = step_dues(ladder, anchors)[message.step :]
    return may_wait(until, message.danger_at, later_steps)
