"""Recording an alarm of a pump: what somebody heard, or what the programmer showed."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.alarm import BY_EAR, ERI, HEARD, Reporter, Symptoms, Tone
from tracker.domain.blank import is_blank
from tracker.domain.errors import InTheFuture, OutOfRange
from tracker.models import AlarmClosing, DeviceAlarm, Pump, Staff
from tracker.services.alarm_watches import NotAnAlarm, entry_of, open_alarm_watch, watch_over
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.versions import stay_here


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmFacts:
    """A report as it was told; without a tone the code was read from the programmer."""

    code: str
    alarmed_at: datetime
    reported_at: datetime
    reporter: Reporter
    symptoms: Symptoms = Symptoms.NOT_ASKED
    doing: str
    tone: Tone | None = None
    note: str = ""


def record_alarm(
    session: Session,
    pump: Pump,
    facts: AlarmFacts,
    *,
    eri_on: date | None = None,
    by: Staff,
    now: datetime,
) -> DeviceAlarm:
    """Write an alarm down and watch it; one that is open already is told of again.

    `eri_on` is the day that the programmer states for the replacement indicator: it is kept as
    an interrogation, and the battery's end follows from it.
    """
    check_alarm(pump, facts, eri_on=eri_on, now=now)
    stay_here(session, pump)
    if facts.code == ERI and eri_on is not None:
        stated = ReadingFacts(read_at=facts.alarmed_at, eri_on=eri_on, note="With its alarm.")
        record_interrogation(session, pump, stated, by=by, now=now)
    open_watch = open_alarm_watch(session, pump.id, facts.code)
    alarm = row_of(facts, by=by, now=now)
    alarm.pump = pump
    if open_watch is not None:
        alarm.repeats_id = open_watch.alarm_id
    else:
        alarm.follows_id = _last_closed(session, pump.id, facts.code)
    session.add(alarm)
    session.flush()
    watch_over(session, pump, alarm, now=now)
    return alarm


def row_of(facts: AlarmFacts, *, by: Staff, now: datetime) -> DeviceAlarm:
    """A report as it is kept."""
    row = DeviceAlarm(**{name: getattr(facts, name) for name in facts.__slots__})
    row.doing, row.note = facts.doing.strip(), facts.note.strip()
    row.recorded_at, row.recorded_by_id = now, by.id
    return row


def _last_closed(session: Session, pump_id: int, code: str) -> int | None:
    """The alarm of this code that was closed last on this pump."""
    asked = (
        sa.select(AlarmClosing.alarm_id)
        .join(DeviceAlarm, DeviceAlarm.id == AlarmClosing.alarm_id)
        .where(
            DeviceAlarm.pump_id == pump_id,
            DeviceAlarm.code == code,
            AlarmClosing.undone_at.is_(None),
        )
        .order_by(AlarmClosing.closed_at.desc(), AlarmClosing.id.desc())
    )
    return session.scalar(asked.limit(1))


def check_alarm(
    pump: Pump, facts: AlarmFacts, *, eri_on: date | None = None, now: datetime
) -> None:
    """Refuse what can't be true, with the field it stands in."""
    if pump.ended_at is not None:
        raise NotAnAlarm("This pump is watched no more: no alarm can be recorded for it.")
    entry = entry_of(facts.code)
    is_heard = facts.tone is not None
    if is_heard != (facts.code in BY_EAR) or not (is_heard or entry.is_readable):
        raise NotAnAlarm("No programmer shows this alarm: choose another.", field="code")
    if facts.tone is not None and HEARD[facts.tone] != facts.code:
        raise NotAnAlarm("This alarm has another tone.", field="tone")
    check_told(pump, facts, now=now)
    _check_indicator(pump, facts, eri_on)


def check_told(pump: Pump, facts: AlarmFacts, *, now: datetime) -> None:
    """Refuse times that can't be true, and an alarm for which nothing is done."""
    if facts.alarmed_at > now:
        raise InTheFuture("This lies in the future.", field="alarmed_at")
    if facts.reported_at > now:
        raise InTheFuture("This lies in the future.", field="reported_at")
    if facts.reported_at < facts.alarmed_at:
        raise OutOfRange("Nobody tells of it before it sounds.", field="reported_at")
    day = pump.implant_day
    if day is not None and facts.alarmed_at.astimezone(pump.clinic.zone).date() < day:
        raise OutOfRange("The pump was not implanted yet.", field="alarmed_at")
    if is_blank(facts.doing):
        raise NotAnAlarm("Say what is done now.", field="doing")


def _check_indicator(pump: Pump, facts: AlarmFacts, eri_on: date | None) -> None:
    """The battery's end counts from this day, so it is asked for and never guessed."""
    if facts.code != ERI:
        return
    if eri_on is None:
        raise NotAnAlarm(
            "Give the day that the programmer states: the battery's end counts from it.",
            field="eri_on",
        )
    if eri_on > facts.alarmed_at.astimezone(pump.clinic.zone).date():
        raise InTheFuture("The indicator was read before that day.", field="eri_on")
    if pump.implant_day is not None and eri_on < pump.implant_day:
        raise OutOfRange("The pump was not implanted yet.", field="eri_on")
