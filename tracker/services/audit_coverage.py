"""Whether each pump is watched, and what watches it speaks in time, by what the rows say."""

import sqlalchemy as sa

from tracker.domain.danger import WatchKind
from tracker.domain.silence import SilenceKind
from tracker.models import (
    AlarmClosing,
    Clinic,
    DeviceAlarm,
    Membership,
    Pump,
    SilenceRow,
    Watch,
)
from tracker.services.audit_asleep import BEYOND, FIRST
from tracker.services.audit_moments import ASLEEP_AT, LATE_AT, LONGEST_END, Rows
from tracker.services.pump_dues import PumpDue

# Said as the index of urgent watches says it: with a bound value SQLite would not use that. By
# the numbers, which it is in the order of: else SQLite reads through all that is open.
IS_URGENT = sa.and_(
    Watch.closed_at.is_(None), Watch.level == sa.literal_column("'urgent'"), Watch.id > 0
)
IN_SLICE = (Pump.id >= FIRST, Pump.id < BEYOND, Pump.ended_at.is_(None))


def silences_too_long() -> Rows:
    """In force past their end or the date, or given for longer than any may be."""
    clinic = sa.select(Watch.clinic_id).where(Watch.id == SilenceRow.watch_id)
    outlasts = sa.exists().where(
        Watch.id == SilenceRow.watch_id,
        Watch.closed_at.is_(None),
        sa.or_(
            SilenceRow.until <= LATE_AT,
            SilenceRow.until > LONGEST_END,
            SilenceRow.until > SilenceRow.danger_at,
            Watch.danger_at <= LATE_AT,
            sa.and_(SilenceRow.kind == SilenceKind.SNOOZE, SilenceRow.level == "urgent"),
        ),
    )
    return sa.select(clinic.scalar_subquery(), SilenceRow.watch_id).where(
        SilenceRow.ended_at.is_(None), outlasts
    )


def urgent_and_asleep() -> Rows:
    """Urgent watches that won't speak for longer than any urgent step may keep quiet.

    One that is taken in hand sleeps until then, and another question asks for how long.
    """
    is_silenced = sa.exists().where(
        SilenceRow.watch_id == Watch.id,
        SilenceRow.ended_at.is_(None),
        SilenceRow.until >= Watch.next_action_at,
    )
    # no bare column, or SQLite would go by the index of everything that is due later
    sleeps = sa.func.coalesce(Watch.next_action_at, ASLEEP_AT) > ASLEEP_AT
    return sa.select(Watch.clinic_id, Watch.id).where(IS_URGENT, sleeps, sa.not_(is_silenced))


def unseen(due: PumpDue) -> Rows:
    """Pumps of which something became due two ticks ago, and that no tick has seen to."""
    return sa.select(Pump.clinic_id, Pump.id).where(due.at <= LATE_AT)


def unwatched() -> Rows:
    """Active pumps that lack a watch, though the database refuses any."""
    is_bare = sa.or_(
        sa.not_(_has_open(WatchKind.REFILL)),
        sa.and_(Pump.has_battery, sa.not_(_has_open(WatchKind.BATTERY))),
    )
    return sa.select(Pump.clinic_id, Pump.id).where(*IN_SLICE, is_bare)


def _has_open(kind: WatchKind) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Watch.pump_id == Pump.id, Watch.kind == kind, Watch.closed_at.is_(None)
    )


def unheeded() -> Rows:
    """Alarms that nothing has closed and nobody is asked for."""
    is_closed = sa.exists().where(
        AlarmClosing.alarm_id == DeviceAlarm.id, AlarmClosing.undone_at.is_(None)
    )
    is_watched = sa.exists().where(Watch.alarm_id == DeviceAlarm.id, Watch.closed_at.is_(None))
    return (
        sa.select(Pump.clinic_id, DeviceAlarm.id)
        .join(DeviceAlarm, DeviceAlarm.pump_id == Pump.id)
        .where(
            *IN_SLICE, DeviceAlarm.repeats_id.is_(None), sa.not_(is_closed), sa.not_(is_watched)
        )
    )


def strangely_owned() -> Rows:
    works_here = sa.exists().where(
        Membership.staff_id == Watch.owner_id, Membership.clinic_id == Watch.clinic_id
    )
    is_last_resort = sa.exists().where(
        Clinic.id == Watch.clinic_id, Clinic.last_resort_id == Watch.owner_id
    )
    return (
        sa.select(Watch.clinic_id, Watch.id)
        .join(Pump, Pump.id == Watch.pump_id)
        .where(
            *IN_SLICE, Watch.closed_at.is_(None), sa.not_(works_here), sa.not_(is_last_resort)
        )
    )
