"""Reading alarms: a clinic's list with the response times, one alarm's story, a pump's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.silence import SilenceKind
from tracker.models import (
    AlarmClosing,
    Clinic,
    ContactAttempt,
    DeviceAlarm,
    Pump,
    Reading,
    SilenceRow,
    Staff,
    Watch,
)
from tracker.models.alarm import STANDS
from tracker.models.watch import ALARMS

IS_HEAD = (DeviceAlarm.repeats_id.is_(None), DeviceAlarm.is_void.is_(False))


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One alarm: its open watch, what closed it, and when somebody first saw to it."""

    alarm: DeviceAlarm
    watch: Watch | None
    closing: AlarmClosing | None
    answered_at: datetime | None  # the first call or the first "I have it"
    is_read_out: bool  # whether the pump was interrogated since

    @property
    def answered_after(self) -> timedelta | None:
        """From the hour in which the clinic knew of it; a call before that counts from it."""
        if self.answered_at is None:
            return None
        return max(self.answered_at - self.alarm.reported_at, timedelta())

    @property
    def closed_after(self) -> timedelta | None:
        if self.closing is None:
            return None
        return max(self.closing.closed_at - self.alarm.reported_at, timedelta())


def alarm_lines(
    session: Session,
    clinic: Clinic,
    *,
    is_open: bool | None = None,
    codes: Sequence[str] | None = None,
    limit: int,
) -> list[AlarmLine]:
    """The alarms of a clinic's pumps: the open ones first, by when they should be answered."""
    asked = (
        _heads(is_open)
        .join(Pump, Pump.id == DeviceAlarm.pump_id)
        .where(Pump.clinic_id == clinic.id)
        .limit(limit)
        .options(
            joinedload(DeviceAlarm.pump).joinedload(Pump.patient),
            joinedload(DeviceAlarm.pump).joinedload(Pump.model),
        )
    )
    if codes is not None:
        asked = asked.where(DeviceAlarm.code.in_(codes))
    return lines_of(session, session.scalars(asked).all())


def open_alarms(session: Session, clinic: Clinic) -> int:
    """How many alarms of a clinic's pumps are open, counted by an index of their own."""
    asked = (
        sa.select(sa.func.count())
        .select_from(Watch)
        .where(Watch.clinic_id == clinic.id, sa.text(ALARMS))
    )
    return session.scalar(asked) or 0


def alarms_of_pump(
    session: Session, pump: Pump, *, is_open: bool, limit: int
) -> list[AlarmLine]:
    """The alarms of one pump that are open, or that are over."""
    asked = _heads(is_open).where(DeviceAlarm.pump_id == pump.id).limit(limit)
    return lines_of(session, session.scalars(asked).all())


def _heads(is_open: bool | None) -> sa.Select[DeviceAlarm]:
    """Alarms by their first report; those that wait for an answer come first."""
    watch = Watch.__table__.alias("over")
    beside = sa.and_(watch.c.alarm_id == DeviceAlarm.id, watch.c.closed_at.is_(None))
    asked = (
        sa.select(DeviceAlarm)
        .outerjoin(watch, beside)
        .where(*IS_HEAD)
        .order_by(watch.c.id.is_(None), watch.c.danger_at, DeviceAlarm.id.desc())
    )
    if is_open is None:
        return asked
    return asked.where(watch.c.id.is_not(None) if is_open else watch.c.id.is_(None))


def line_of(session: Session, alarm: DeviceAlarm) -> AlarmLine:
    """One alarm, by its first report."""
    return lines_of(session, [alarm])[0]


def reports_of(session: Session, alarm: DeviceAlarm) -> list[tuple[DeviceAlarm, str]]:
    """Every report of one alarm with the name of who wrote it down, the oldest first."""
    asked = (
        sa.select(DeviceAlarm, Staff.name)
        .join(Staff, Staff.id == DeviceAlarm.recorded_by_id)
        .where(sa.or_(DeviceAlarm.id == alarm.id, DeviceAlarm.repeats_id == alarm.id))
        .order_by(DeviceAlarm.id)
    )
    return [(row[0], row[1]) for row in session.execute(asked)]


def undone_closings(session: Session, alarm: DeviceAlarm) -> Sequence[AlarmClosing]:
    """What closed it once and is no evidence any more."""
    asked = sa.select(AlarmClosing).where(
        AlarmClosing.alarm_id == alarm.id, AlarmClosing.undone_at.is_not(None)
    )
    return session.scalars(asked.order_by(AlarmClosing.id)).all()


def lines_of(session: Session, alarms: Sequence[DeviceAlarm]) -> list[AlarmLine]:
    """Each of these alarms with what is known of it, in the same order."""
    ids = [one.id for one in alarms]
    watches = session.scalars(
        sa.select(Watch)
        .where(Watch.alarm_id.in_(ids), Watch.closed_at.is_(None))
        .options(joinedload(Watch.owner))
    )
    over = {one.alarm_id: one for one in watches}
    closings = session.scalars(
        sa.select(AlarmClosing)
        .where(AlarmClosing.alarm_id.in_(ids), sa.text(STANDS))
        .options(
            joinedload(AlarmClosing.reading),
            joinedload(AlarmClosing.clinician),
            joinedload(AlarmClosing.closed_by),
        )
    )
    closed = {one.alarm_id: one for one in closings}
    answered, read_out = _answered(session, ids), _read_out(session, ids)
    return [
        AlarmLine(
            alarm=one,
            watch=over.get(one.id),
            closing=closed.get(one.id),
            answered_at=answered.get(one.id),
            is_read_out=one.id in read_out,
        )
        for one in alarms
    ]


def _read_out(session: Session, ids: Sequence[int]) -> set[int]:
    """Those whose pump was interrogated since they sounded first."""
    asked = (
        sa.select(DeviceAlarm.id)
        .join(Reading, Reading.pump_id == DeviceAlarm.pump_id)
        .where(
            DeviceAlarm.id.in_(ids),
            Reading.read_at >= DeviceAlarm.alarmed_at,
            Reading.is_void.is_(False),
        )
    )
    return set(session.scalars(asked))


def _answered(session: Session, ids: Iterable[int]) -> dict[int, datetime]:
    """When somebody first called, or took it in hand, by alarm."""
    called = sa.select(Watch.alarm_id, ContactAttempt.called_at.label("at")).join(
        Watch, Watch.id == ContactAttempt.watch_id
    )
    taken = (
        sa.select(Watch.alarm_id, SilenceRow.began_at.label("at"))
        .join(Watch, Watch.id == SilenceRow.watch_id)
        .where(SilenceRow.kind == SilenceKind.ACKNOWLEDGEMENT)
    )
    either = sa.union_all(
        *(one.where(Watch.alarm_id.in_(list(ids))) for one in (called, taken))
    ).subquery()
    first = sa.select(either.c.alarm_id, sa.func.min(either.c.at)).group_by(either.c.alarm_id)
    return {row[0]: row[1] for row in session.execute(first)}
