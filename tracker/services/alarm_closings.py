"""Closing a device alarm: by an interrogation, or by a reason that a clinician names."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.domain.alarm import BY_EAR, ERI, Reporter
from tracker.domain.blank import is_blank
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import AlarmClosing, DeviceAlarm, Membership, Reading, Role, Staff
from tracker.services.alarm_watches import (
    NotAnAlarm,
    entry_of,
    fitting_readings,
    inhibit,
    open_alarm_watch,
)
from tracker.services.alarms import AlarmFacts, record_alarm
from tracker.services.lifespans import close
from tracker.services.versions import stay_here

NOTHING_SHOWN = "none"  # the programmer's log has no alarm that explains what was heard
READ_OUT = "The interrogation that closed the alarm as it was heard."


def clinicians_of(session: Session, clinic_id: int) -> list[Staff]:
    """Those whose reason can close an alarm: the clinicians who work here."""
    asked = (
        sa.select(Staff)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(
            Membership.clinic_id == clinic_id,
            Membership.role == Role.CLINICIAN,
            Staff.left_at.is_(None),
        )
        .order_by(Staff.name, Staff.id)
    )
    return list(session.scalars(asked))


def close_with_reading(
    session: Session,
    alarm: DeviceAlarm,
    reading: Reading,
    *,
    found: str = "",
    by: Staff,
    now: datetime,
) -> AlarmClosing:
    """Close an alarm with an interrogation of its pump.

    `found` is what the programmer showed behind what was only heard; that is recorded as an
    alarm of its own, and stays open.
    """
    stay_here(session, alarm.pump)
    if reading.id not in {one.id for one in fitting_readings(session, alarm)}:
        raise NotAnAlarm(
            "Only an interrogation of this pump after the alarm closes it; one that showed the"
            " alarm doesn't show that it is over.",
            field="reading_id",
        )
    is_heard = alarm.code in BY_EAR
    if is_heard and not (found == NOTHING_SHOWN or (found and entry_of(found).is_readable)):
        raise NotAnAlarm("Say what the programmer showed.", field="found")
    if ERI in (alarm.code, found) and reading.eri_on is None:
        raise NotAnAlarm(
            "This interrogation doesn't state the day of the replacement indicator, from which"
            " the battery's end counts. Correct it, or record one that does.",
            field="reading_id",
        )
    closing = AlarmClosing(alarm=alarm, reading=reading, found=found if is_heard else "")
    _close(session, closing, Evidence(EvidenceKind.READING, reading.id), by=by, now=now)
    if is_heard and found != NOTHING_SHOWN:
        _record_found(session, alarm, reading, found, by=by, now=now)
    return closing


def _record_found(
    session: Session,
    heard: DeviceAlarm,
    reading: Reading,
    code: str,
    *,
    by: Staff,
    now: datetime,
) -> None:
    facts = AlarmFacts(
        code=code,
        alarmed_at=reading.read_at,
        reported_at=reading.read_at,
        reporter=Reporter.CLINIC,
        symptoms=heard.symptoms,
        doing=READ_OUT,
    )
    record_alarm(session, heard.pump, facts, eri_on=reading.eri_on, by=by, now=now)


def close_with_reason(
    session: Session,
    alarm: DeviceAlarm,
    *,
    reason: str,
    clinician: Staff,
    by: Staff,
    now: datetime,
) -> AlarmClosing:
    """Close an alarm with the documented reason of a clinician, who is named."""
    stay_here(session, alarm.pump)
    if is_blank(reason):
        raise NotAnAlarm("Write the clinical reason down.", field="clinical_reason")
    if clinician.id not in {one.id for one in clinicians_of(session, alarm.pump.clinic_id)}:
        raise NotAnAlarm("Name a clinician of this clinic.", field="clinician_id")
    closing = AlarmClosing(alarm=alarm, clinician=clinician, clinical_reason=reason.strip())
    _close(session, closing, None, by=by, now=now)
    return closing


def _close(
    session: Session,
    closing: AlarmClosing,
    evidence: Evidence | None,
    *,
    by: Staff,
    now: datetime,
) -> None:
    """End the watch with the evidence; of two who close at once the second is told so."""
    alarm = closing.alarm
    watch = open_alarm_watch(session, alarm.pump_id, alarm.code)
    if watch is None or watch.alarm_id != alarm.id:
        raise NotAnAlarm("This alarm is closed already.")
    closing.closed_at, closing.closed_by_id = now, by.id
    session.add(closing)
    try:
        session.flush()
    except IntegrityError as twice:
        raise NotAnAlarm("This alarm is closed already.") from twice
    close(
        session, watch, evidence or Evidence(EvidenceKind.CLINICAL_REASON, closing.id), now=now
    )
    session.flush()
    inhibit(session, alarm.pump_id, now=now)
