"""Whether it is night where a message is to be read, and whether this one keeps to it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.domain.errors import SilentPolicy
from tracker.domain.escalation import Anchors, Level
from tracker.domain.position import step_dues
from tracker.domain.quiet import may_wait, quiet_until
from tracker.models import Clinic, Message
from tracker.services.policies import ladder_of


def hold_until(message: Message, clinic: Clinic, *, now: datetime) -> datetime | None:
    """When the quiet hours end that hold this message now; None if nothing holds it.

    A patient is never written to at night. Staff are where the step is urgent, where it says
    so, and where the date or the next step would come before the morning.
    """
    until = quiet_until(_zone(message, clinic), clinic.quiet_from, clinic.quiet_until, now=now)
    if until is None or message.contact_id is not None:
        return until
    return until if _keeps_quiet(message, until) else None


def _zone(message: Message, clinic: Clinic) -> ZoneInfo:
    pump = message.watch.pump
    if message.contact_id is None or pump is None or pump.patient.timezone is None:
        return clinic.zone
    return ZoneInfo(pump.patient.timezone)


def _keeps_quiet(message: Message, until: datetime) -> bool:
    watch = message.watch
    if message.level is Level.URGENT:
        return False
    try:
        ladder = ladder_of(watch.policy)
    except SilentPolicy:
        return False  # a policy that can't be read must not make anything late
    if not 0 < message.step <= len(ladder.steps):
        return False
    if not ladder.steps[message.step - 1].keeps_quiet_hours:
        return False
    anchors = Anchors(watch.danger_at, watch.dry_at, watch.opened_at, watch.counts_from_at)
    later_steps = step_dues(ladder, anchors)[message.step :]
    return may_wait(until, watch.danger_at, later_steps)
