"""The watch on a device alarm: opened with its record, pressed by a worse one, and inhibited.

One cause of one pump has one open watch. A low reservoir says nothing while the pump's empty
one is open, and speaks again when that is closed; it stays to be seen all the while.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.alarm import (
    BY_EAR,
    INHIBITED_BY,
    AlarmEntry,
    alarm_key,
    kind_of,
    respond_by,
)
from tracker.domain.catalogue import load
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.message import MessageState
from tracker.domain.ranking import rank_of
from tracker.domain.risk import RiskClass
from tracker.models import DeviceAlarm, Message, Pump, Reading, Watch
from tracker.services.in_force import in_force
from tracker.services.lifespans import born, opened, settle
from tracker.services.plans import INHIBITED
from tracker.services.policies import ladder_of, newest_policy
from tracker.services.states import UNSENT, move_all

BEFORE_THE_FIRST = {"cursor": 0, "fired_at": None}


class NotAnAlarm(TrackerError):
    """An alarm that can't be recorded so, or can't be closed by this."""

    code = "not_an_alarm"


def entry_of(code: str) -> AlarmEntry:
    """What the catalogue says of an alarm."""
    entry = load().alarms.get(code)
    if entry is None:
        raise NotAnAlarm("The catalogue has no such alarm.", field="code")
    return entry


def open_alarm_watch(session: Session, pump_id: int, code: str) -> Watch | None:
    """The open watch on this cause of this pump."""
    return session.scalar(sa.select(Watch).where(Watch.open_key == alarm_key(pump_id, code)))


def watch_over(session: Session, pump: Pump, alarm: DeviceAlarm, *, now: datetime) -> Watch:
    """Open the watch on an alarm that was reported, or let the open one know of the report."""
    watch = open_alarm_watch(session, pump.id, alarm.code)
    if watch is None:
        watch = _open(session, pump, alarm, now=now)
    else:
        _press(session, watch, alarm, now=now)
    session.flush()
    inhibit(session, pump.id, now=now)
    return watch


def last_sounded_at(session: Session, alarm: DeviceAlarm) -> datetime:
    """When the alarm was last heard or read, by the reports that count."""
    return max(one.alarmed_at for one in _reports_of(session, alarm))


def watch_again(session: Session, alarm: DeviceAlarm, *, now: datetime) -> Watch:
    """Open the watch on an alarm anew, as loud as the worst of the reports that count."""
    for report in _reports_of(session, alarm):
        watch = watch_over(session, alarm.pump, report, now=now)
    return watch


def _reports_of(session: Session, alarm: DeviceAlarm) -> Sequence[DeviceAlarm]:
    """The reports of one alarm that count: the first, as it was corrected, and the later."""
    newer = sa.select(DeviceAlarm.replaces_id).where(DeviceAlarm.replaces_id.is_not(None))
    asked = sa.select(DeviceAlarm).where(
        sa.or_(DeviceAlarm.id == alarm.id, DeviceAlarm.repeats_id == alarm.id),
        DeviceAlarm.id.not_in(newer),
        DeviceAlarm.is_void.is_(False),
    )
    return session.scalars(asked.order_by(DeviceAlarm.id)).all() or [alarm]


def fitting_readings(session: Session, alarm: DeviceAlarm) -> Sequence[Reading]:
    """The interrogations in force that can show that the alarm is over, newest first.

    What was only heard is settled by the first that isn't older. One that showed the alarm
    itself shows that it is there: what was read needs a later one.
    """
    sounded_at = last_sounded_at(session, alarm)
    is_late = Reading.read_at >= sounded_at
    if alarm.code not in BY_EAR:
        is_late = Reading.read_at > sounded_at
    asked = in_force(Reading).where(Reading.pump_id == alarm.pump_id, is_late)
    return session.scalars(asked.order_by(Reading.read_at.desc(), Reading.id.desc())).all()


def inhibit(session: Session, pump_id: int, *, now: datetime) -> None:
    """Keep quiet what another open alarm of the pump says better; let the rest speak."""
    asked = sa.select(Watch).where(
        Watch.pump_id == pump_id, Watch.closed_at.is_(None), Watch.alarm_id.is_not(None)
    )
    found = {one.open_key or "": one for one in session.scalars(asked)}
    for code, louder in INHIBITED_BY.items():
        watch = found.get(alarm_key(pump_id, code))
        if watch is None:
            continue
        by = louder if alarm_key(pump_id, louder) in found else None
        if by is not None and watch.inhibited_by is None:
            waits = (Message.watch_id == watch.id, UNSENT)
            move_all(session, MessageState.SUPERSEDED, *waits, state_reason=INHIBITED)
        elif by is None and watch.inhibited_by is not None:
            _begin(session, watch, now=now)
        watch.inhibited_by = by
    session.flush()


def _open(session: Session, pump: Pump, alarm: DeviceAlarm, *, now: datetime) -> Watch:
    entry = entry_of(alarm.code)
    kind = kind_of(entry, alarm.symptoms)
    watch = Watch(
        **born(
            kind,
            alarm_key(pump.id, alarm.code),
            clinic_id=pump.clinic_id,
            pump_id=pump.id,
            owner_id=pump.owner_id,
            now=now,
        )
    )
    refill = session.scalar(sa.select(Watch).where(Watch.open_key == pump.refill_watch_key))
    watch.alarm_id, watch.danger_at = alarm.head_id, _answer_by(entry, alarm)
    watch.rank = rank_of(kind, may_give_nothing=entry.may_give_nothing)
    watch.explanation = {"sentence": _sentence(entry, kind)}
    watch.drugs = refill.drugs if refill else ""
    watch.risk_class = refill.risk_class if refill else RiskClass.CRITICAL
    watch.policy = newest_policy(session, pump.clinic_id, kind, watch.risk_class, now=now)
    _begin(session, watch, now=now)
    opened(session, watch, now=now)
    return watch


def _press(session: Session, watch: Watch, alarm: DeviceAlarm, *, now: datetime) -> None:
    """A further report makes an open watch only more urgent, never less."""
    entry = entry_of(alarm.code)
    by, kind = _answer_by(entry, alarm), kind_of(entry, alarm.symptoms)
    if watch.danger_at is None or by < watch.danger_at:
        watch.danger_at = by
    if kind is WatchKind.ALARM and watch.kind is not kind:
        watch.kind, watch.explanation = kind, {"sentence": _sentence(entry, kind)}
        watch.rank = rank_of(kind)
        watch.policy = newest_policy(session, watch.clinic_id, kind, watch.risk_class, now=now)
        _begin(session, watch, now=now)


def _begin(session: Session, watch: Watch, *, now: datetime) -> None:
    """From the first step, which is due at once, and as loud as it from the start."""
    for name, value in BEFORE_THE_FIRST.items():
        setattr(watch, name, value)
    settle(session, watch, now=now)
    watch.level = ladder_of(watch.policy).steps[0].level


def _answer_by(entry: AlarmEntry, alarm: DeviceAlarm) -> datetime:
    by = respond_by(entry, reported_at=alarm.reported_at, symptoms=alarm.symptoms)
    return alarm.reported_at if by is None else by


def _sentence(entry: AlarmEntry, kind: WatchKind) -> str:
    """What the messages and pages say of it: no drug, and nobody's name."""
    if entry.code in BY_EAR:
        return f"{entry.name}: it counts as critical until the pump is interrogated."
    if kind is WatchKind.MINOR_ALARM:
        return f"Alarm of the pump: {entry.name}."
    return f"Critical alarm of the pump: {entry.name}."
