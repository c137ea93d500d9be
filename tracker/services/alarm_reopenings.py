"""An interrogation that is struck out or put right is evidence no more, or of another time."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.models import AlarmClosing, DeviceAlarm, Reading
from tracker.services.alarm_watches import last_sounded_at, open_alarm_watch, watch_over


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
        alarm = closing.alarm
        if instead is not None and instead.read_at >= last_sounded_at(session, alarm):
            closing.reading = instead
            continue
        is_open = open_alarm_watch(session, alarm.pump_id, alarm.code) is not None
        if alarm.pump.ended_at is not None or is_open:  # watched already, or watched no more
            continue
        closing.undone_at = now
        closing.undone_because = (
            "its interrogation was struck out"
            if instead is None
            else "its interrogation was of a time before the alarm"
        )
        watch_over(session, alarm.pump, alarm, now=now)
    session.flush()
