"""Whether every pump is watched, and no watch keeps quiet for longer than it may.

It reads the tables and the steps of the policies by itself, not by the code that climbs. What
would cost more the more pumps there are is looked at a slice in each tick.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.message import MessageState
from tracker.domain.silence import LONGEST, SilenceKind
from tracker.models import Clinic, Membership, Message, Policy, Pump, SilenceRow, Watch
from tracker.services.audit_queues import LATE
from tracker.services.breaches import Breach

LONGEST_PAUSE = timedelta(days=7)  # domain/policy: an urgent step repeats at least so often
# Ours: a tick with nothing due stays within ten milliseconds at 100,000 pumps. The database
# itself refuses what the slice of pumps is looked through for.
PUMPS_AT_ONCE, URGENT_AT_ONCE = 250, 100
NAMED = 20  # rows that are named of each kind of breach

# with bound values SQLite would not use the index of what is urgent
IS_URGENT = sa.and_(Watch.closed_at.is_(None), Watch.level == sa.literal_column("'urgent'"))

Rows = sa.Select[*tuple[Any, ...]]  # clinic, and the row that shows it


def silences_too_long(*, now: datetime) -> Rows:
    """In force past their end or the date, or given for longer than any may be."""
    clinic = sa.select(Watch.clinic_id).where(Watch.id == SilenceRow.watch_id)
    outlasts = sa.exists().where(
        Watch.id == SilenceRow.watch_id,
        Watch.closed_at.is_(None),
        sa.or_(
            SilenceRow.until <= now - LATE,
            SilenceRow.until > now + max(LONGEST.values()),
            SilenceRow.until > SilenceRow.danger_at,
            Watch.danger_at <= now - LATE,
            sa.and_(SilenceRow.kind == SilenceKind.SNOOZE, SilenceRow.level == "urgent"),
        ),
    )
    return sa.select(clinic.scalar_subquery(), SilenceRow.watch_id).where(
        SilenceRow.ended_at.is_(None), outlasts
    )


def urgent_and_asleep(*, now: datetime) -> Rows:
    """Urgent watches that won't speak for longer than any urgent step may keep quiet.

    One that is taken in hand sleeps until then, and another question asks for how long.
    """
    is_silenced = sa.exists().where(
        SilenceRow.watch_id == Watch.id,
        SilenceRow.ended_at.is_(None),
        SilenceRow.until >= Watch.next_action_at,
    )
    return sa.select(Watch.clinic_id, Watch.id).where(
        IS_URGENT,
        Watch.next_action_at > now + LONGEST_PAUSE,
        sa.not_(is_silenced),
    )


def uncovered(session: Session, turn: int) -> list[Breach]:
    """Of a slice of the active pumps: those unwatched, and watches of nobody who works here."""
    newest = session.scalar(sa.select(sa.func.max(Pump.id))) or 0
    first = 1 + (turn % (newest // PUMPS_AT_ONCE + 1)) * PUMPS_AT_ONCE
    slice_of = (Pump.id >= first, Pump.id < first + PUMPS_AT_ONCE, Pump.ended_at.is_(None))
    unwatched = sa.or_(
        sa.not_(_is_watched(WatchKind.REFILL)),
        sa.and_(Pump.has_battery, sa.not_(_is_watched(WatchKind.BATTERY))),
    )
    asked = sa.select(Pump.clinic_id, Pump.id).where(*slice_of, unwatched).limit(NAMED)
    found = [
        Breach("covered", f"Pump {number} is not watched.", f"pump:{number}", clinic_id)
        for clinic_id, number in session.execute(asked)
    ]
    works_here = sa.exists().where(
        Membership.staff_id == Watch.owner_id, Membership.clinic_id == Watch.clinic_id
    )
    resort = sa.exists().where(
        Clinic.id == Watch.clinic_id, Clinic.last_resort_id == Watch.owner_id
    )
    strange = (
        sa.select(Watch.clinic_id, Watch.id)
        .join(Pump, Pump.id == Watch.pump_id)
        .where(*slice_of, Watch.closed_at.is_(None), sa.not_(works_here), sa.not_(resort))
        .limit(NAMED)
    )
    sentence = "A watch belongs to somebody who doesn't work here."
    return found + [
        Breach("owner", sentence, f"watch:{number}", clinic_id)
        for clinic_id, number in session.execute(strange)
    ]


def _is_watched(kind: WatchKind) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Watch.pump_id == Pump.id, Watch.kind == kind, Watch.closed_at.is_(None)
    )


def unsaid(session: Session, turn: int, *, now: datetime) -> list[Breach]:
    """Of a slice of the urgent watches: those of which nobody was told within the interval.

    What should have been said by the policy is held against what was. A watch in hand, one
    whose visit is to come, and one that is due at this moment owe nothing.
    """
    count = session.scalar(sa.select(sa.func.count(Watch.id)).where(IS_URGENT)) or 0
    if not count:
        return []
    ids = (
        sa.select(Watch.id)
        .where(IS_URGENT)
        .order_by(Watch.id)
        .offset((turn % (count // URGENT_AT_ONCE + 1)) * URGENT_AT_ONCE)
        .limit(URGENT_AT_ONCE)
    )
    rows = session.execute(_owing(list(session.scalars(ids)), now=now)).all()
    numbers = {row.policy_id for row in rows}
    kept = sa.select(Policy.id, Policy.steps).where(Policy.id.in_(numbers))
    steps = {number: found for number, found in session.execute(kept)}
    sentence = "An urgent watch has told nobody within the interval of its step."
    return [
        Breach("urgent", sentence, f"watch:{row.id}", row.clinic_id)
        for row in rows
        if row.told_at is None or row.told_at <= now - LATE - _interval(steps, row)
    ][:NAMED]


def _owing(ids: list[int], *, now: datetime) -> Rows:
    """The watches among these that should speak, with the time of what was planned last."""
    told_at = (
        sa.select(sa.func.max(Message.planned_at))
        .where(
            Message.watch_id == Watch.id,
            Message.state.not_in((MessageState.SUPERSEDED, MessageState.CANCELLED)),
        )
        .scalar_subquery()
    )
    in_hand = sa.exists().where(SilenceRow.watch_id == Watch.id, SilenceRow.ended_at.is_(None))
    return sa.select(
        Watch.id, Watch.clinic_id, Watch.policy_id, Watch.cursor, told_at.label("told_at")
    ).where(
        Watch.id.in_(ids),
        Watch.next_action_at > now,
        sa.not_(in_hand),
        sa.or_(Watch.visit_at.is_(None), Watch.reopens_at <= now),
    )


def _interval(steps: dict[int, Any], row: sa.Row[Any]) -> timedelta:
    """How long the step on which the watch stands may keep quiet, as the policy says."""
    kept = steps.get(row.policy_id) or []
    minutes = kept[row.cursor - 1]["repeat_minutes"] if 0 < row.cursor <= len(kept) else None
    return timedelta(minutes=minutes) if minutes else LONGEST_PAUSE
