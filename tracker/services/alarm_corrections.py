"""Putting a report of an alarm right: the old row stays, a new one names it and says why."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.models import DeviceAlarm, Staff
from tracker.services.alarm_reopenings import hear_later
from tracker.services.alarm_watches import NotAnAlarm, open_alarm_watch, watch_over
from tracker.services.alarms import AlarmFacts, check_told, row_of
from tracker.services.versions import stay_here


def facts_of(report: DeviceAlarm) -> AlarmFacts:
    """What a report says, as it was told."""
    return AlarmFacts(**{name: getattr(report, name) for name in AlarmFacts.__slots__})


def correct_alarm(
    session: Session,
    old: DeviceAlarm,
    facts: AlarmFacts,
    *,
    reason: str,
    by: Staff,
    now: datetime,
) -> DeviceAlarm:
    """Correct what was told of an alarm; which alarm it was stays, and so does its watch.

    An open watch becomes no calmer and its time no later by it: a slip of the pen must not put
    off what was urgent. Another alarm is closed for a clinical reason, and recorded anew.
    """
    if is_blank(reason):
        raise NotAnAlarm("Say why this report is changed.", field="reason")
    facts = replace(facts, code=old.code, tone=old.tone)
    check_told(old.pump, facts, now=now)
    stay_here(session, old.pump)
    newer = sa.select(DeviceAlarm.id).where(DeviceAlarm.replaces_id == old.id)
    if session.scalar(newer) is not None:
        raise NotAnAlarm("This report has been corrected already.")
    row = row_of(facts, by=by, now=now)
    row.pump, row.reason = old.pump, reason.strip()
    row.replaces_id, row.repeats_id = old.id, old.head_id
    session.add(row)
    session.flush()
    watch = open_alarm_watch(session, old.pump_id, old.code)
    if watch is not None and watch.alarm_id == old.head_id:
        watch_over(session, old.pump, row, now=now)
    elif watch is None:
        hear_later(session, session.get_one(DeviceAlarm, old.head_id), now=now)
    return row
