"""What should have happened by now: watches climbed, claims settled, messages sent.

Asked only where the ends of the queues show that something waits; one breach for each clinic,
so that nobody's alarm hides another's.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Heartbeat, Message, Watch
from tracker.services.asking import rows_from
from tracker.services.audit_moments import LATE, Rows
from tracker.services.breaches import Breach
from tracker.services.heartbeats import Beat, Look
from tracker.services.states import CLAIMED, UNSENT

TICK = timedelta(minutes=1)
UNSENT_TOO_LONG = timedelta(hours=1)  # tried again and again, and still not handed over
HUNG = timedelta(minutes=10)  # ours: no batch of climbing takes so long
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
    """Watches past their time that nobody is climbing, or that were so ten minutes ago.

    After an outage several schedulers share the work: what another one holds is not late any
    more. But one that hangs must not hide its rows for ever.
    """
    columns = (Watch.clinic_id, Watch.next_action_at.label("at"), Watch.id)
    late = sa.select(*columns).where(Watch.closed_at.is_(None))
    questions = [_untouched(late.where(Watch.next_action_at <= now - LATE), of=Watch)]
    if (before := _tick_before(session, now - HUNG)) is not None:
        questions.append(late.where(Watch.next_action_at <= before - LATE))
    found: dict[int, Breach] = {}
    for question in questions:
        for clinic_id, at, number in session.execute(_oldest_of_each(question)):
            sentence = f"A watch has been due since {at:{WHEN}}."
            breach = Breach("climbing", sentence, f"watch:{number}", clinic_id)
            found.setdefault(clinic_id, breach)
    return list(found.values())


def _untouched(asked: sa.Select[*tuple[Any, ...]], *, of: Any) -> sa.Select[*tuple[Any, ...]]:
    """Those rows that no other transaction holds; SQLite, with its one writer, has no other."""
    return asked.with_for_update(skip_locked=True, key_share=True, read=True, of=of)


def _tick_before(session: Session, at: datetime) -> datetime | None:
    asked = sa.select(sa.func.max(Heartbeat.ticked_at)).where(Heartbeat.ticked_at <= at)
    return session.scalar(asked)


def _oldest_of_each(asked: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    rows = asked.subquery()
    return sa.select(rows.c.clinic_id, sa.func.min(rows.c.at), sa.func.min(rows.c.id)).group_by(
        rows.c.clinic_id
    )


def _leases(session: Session, *, now: datetime) -> list[Breach]:
    # found before they are parted by clinics: SQLite would walk through all ever said
    dead = _untouched(
        sa.select(Message.id).where(CLAIMED, Message.lease_until <= now), of=Message
    )
    columns = (Message.clinic_id, sa.func.min(Message.id))
    asked = sa.select(*columns).where(Message.id.in_(dead)).group_by(Message.clinic_id)
    sentence = "A message was being sent when its sender stopped, and nobody has settled it."
    return [
        Breach("lease", sentence, f"message:{number}", clinic_id)
        for clinic_id, number in session.execute(asked)
    ]


def _sending(session: Session, *, until: datetime) -> list[Breach]:
    """Planned or held, and past its time; or tried for an hour without success."""
    moments = {"late_at": until - LATE, "stuck_at": until - UNSENT_TOO_LONG}
    return [
        Breach(
            "sending",
            f"A message of {at:{WHEN}} has not been sent.",
            f"message:{number}",
            clinic_id,
        )
        for clinic_id, at, number in rows_from(session).execute(_unsent(), moments)
    ]


@cache
def _unsent() -> Rows:
    """Found before they are parted by clinics: SQLite would walk through all ever said."""
    due_at = sa.bindparam("late_at", type_=Message.due_at.type)
    planned_at = sa.bindparam("stuck_at", type_=Message.planned_at.type)
    stuck = sa.select(Message.id).where(
        UNSENT,
        sa.or_(
            Message.due_at <= due_at,
            sa.and_(Message.attempts > 0, Message.planned_at <= planned_at),
        ),
    )
    columns = (Message.clinic_id, sa.func.min(Message.planned_at), sa.func.min(Message.id))
    return sa.select(*columns).where(Message.id.in_(stuck)).group_by(Message.clinic_id)
