"""An alarm whose evidence fails is open again: the interrogation was struck out or put right,
or the alarm was heard after it.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.alarm import ERI
from tracker.models import AlarmClosing, DeviceAlarm, Reading
from tracker.services.alarm_watches import (
    NotAnAlarm,
    fitting_readings,
    open_alarm_watch,
    watch_again,
)
from tracker.services.in_force import in_force


def look_again(
    session: Session, reading: Reading, *, instead: Reading | None = None, now: datetime
) -> None:
    """Open again the alarms that `reading` closed, unless its correction closes them as well.

    `instead` is the row that corrects it; without one it is struck out.
    """
    asked = (
        sa.select(AlarmClosing)
        .where(AlarmClosing.reading_id == reading.id, AlarmClosing.undone_at.is_(None))
        .options(joinedload(AlarmClosing.alarm).joinedload(DeviceAlarm.pump))
    )
    for closing in session.scalars(asked).all():
        if instead is not None and _still_closes(session, closing, instead):
            closing.reading = instead
            continue
        why = (
            "its interrogation was struck out"
            if instead is None
            else "its interrogation, as corrected, doesn't show that it is over"
        )
        _undo(session, closing, why, now=now)
    session.flush()


def keep_the_day(session: Session, reading: Reading, *, instead: date | None = None) -> None:
    """Refuse to lose the day of a replacement indicator while its alarm is open.

    The battery's end counts from it: without it, or with a later one, that would be later.
    """
    day = reading.eri_on
    if day is None or open_alarm_watch(session, reading.pump_id, ERI) is None:
        return
    others = in_force(Reading).where(
        Reading.pump_id == reading.pump_id, Reading.id != reading.id, Reading.eri_on <= day
    )
    is_kept = instead is not None and instead <= day
    if not is_kept and session.scalar(others.limit(1)) is None:
        raise NotAnAlarm(
            "The alarm of the replacement indicator is open and rests on this day. If it was a"
            " mistake, close that alarm first for a clinician's reason."
        )


def hear_later(session: Session, alarm: DeviceAlarm, *, now: datetime) -> None:
    """Open an alarm again that, as its report was put right, sounded after its evidence."""
    asked = (
        sa.select(AlarmClosing)
        .where(
            AlarmClosing.alarm_id == alarm.id,
            AlarmClosing.undone_at.is_(None),
            AlarmClosing.reading_id.is_not(None),
        )
        .options(joinedload(AlarmClosing.alarm).joinedload(DeviceAlarm.pump))
    )
    for closing in session.scalars(asked).all():
        if closing.reading is not None and not _still_closes(session, closing, closing.reading):
            _undo(session, closing, "it sounded after its interrogation", now=now)
    session.flush()


def _still_closes(session: Session, closing: AlarmClosing, reading: Reading) -> bool:
    """The same that was asked of the reading when it closed the alarm."""
    needs_day = ERI in (closing.alarm.code, closing.found)
    if needs_day and reading.eri_on is None:
        return False
    return reading.id in {one.id for one in fitting_readings(session, closing.alarm)}


def _undo(session: Session, closing: AlarmClosing, why: str, *, now: datetime) -> None:
    alarm = closing.alarm
    is_open = open_alarm_watch(session, alarm.pump_id, alarm.code) is not None
    if alarm.pump.ended_at is not None or is_open:  # watched already, or watched no more
        return
    closing.undone_at, closing.undone_because = now, why
    session.flush()
    watch_again(session, alarm, now=now)
