"""What should have happened by now: watches climbed, claims settled, messages sent.

Asked only where the ends of the queues show that something waits; one breach for each clinic,
so that nobody's alarm hides another's.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Message, Watch
from tracker.services.audit_moments import LATE
from tracker.services.breaches import Breach
from tracker.services.heartbeats import Beat, Look
from tracker.services.states import CLAIMED, UNSENT

TICK = timedelta(minutes=1)
UNSENT_TOO_LONG = timedelta(hours=1)  # tried again and again, and still not handed over
WHEN = "%d %b %Y, %H:%M UTC"


def waiting(session: Session, look: Look, last: Beat | None, *, now: datetime) -> list[Breach]:
    """What waits for longer than it may.

    What waits because no tick ran is no breach of the sender: it is held against the time up to
    which ticks are known to have run.
    """
    found: list[Breach] = []
    if look.watch_at is not None and look.watch_at <= now - LATE:
        found += _climbing(session, now=now)
    if look.lease_at is not None and look.lease_at <= now:
        found += _leases(session, now=now)
    if look.unsent_at is not None and last is not None:
        found += _sending(session, until=min(now, last.ticked_at + TICK))
    return found


def _climbing(session: Session, *, now: datetime) -> list[Breach]:
    late = (
        sa.select(Watch.clinic_id, sa.func.min(Watch.next_action_at), sa.func.min(Watch.id))
        .where(Watch.closed_at.is_(None), Watch.next_action_at <= now - LATE)
        .group_by(Watch.clinic_id)
    )
    return [
        Breach(
            "climbing", f"A watch has been due since {at:{WHEN}}.", f"watch:{number}", clinic_id
        )
        for clinic_id, at, number in session.execute(late)
    ]


def _leases(session: Session, *, now: datetime) -> list[Breach]:
    dead = (
        sa.select(Message.clinic_id, sa.func.min(Message.id))
        .where(CLAIMED, Message.lease_until <= now)
        .group_by(Message.clinic_id)
    )
    sentence = "A message was being sent when its sender stopped, and nobody has settled it."
    return [
        Breach("lease", sentence, f"message:{number}", clinic_id)
        for clinic_id, number in session.execute(dead)
    ]


def _sending(session: Session, *, until: datetime) -> list[Breach]:
    """Planned or held, and past its time; or tried for an hour without success."""
    stuck = (
        sa.select(Message.clinic_id, sa.func.min(Message.planned_at), sa.func.min(Message.id))
        .where(
            UNSENT,
            sa.or_(
                Message.due_at <= until - LATE,
                sa.and_(Message.attempts > 0, Message.planned_at <= until - UNSENT_TOO_LONG),
            ),
        )
        .group_by(Message.clinic_id)
    )
    return [
        Breach(
            "sending",
            f"A message of {at:{WHEN}} has not been sent.",
            f"message:{number}",
            clinic_id,
        )
        for clinic_id, at, number in session.execute(stuck)
    ]
