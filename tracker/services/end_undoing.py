"""Undoing the end of a pump that has not ended: all that its end closed is watched again."""

from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import DeviceAlarm, Ending, Staff
from tracker.services import recalls
from tracker.services.alarm_watches import watch_again
from tracker.services.corrections import NoReason
from tracker.services.countersigns import dispute_again
from tracker.services.ending_watches import closed_by_end, key_of
from tracker.services.endings import check_in_force
from tracker.services.lifespans import close_keys
from tracker.services.pump_checks import is_member
from tracker.services.undelivered import ask_again
from tracker.services.versions import take_version
from tracker.services.watches import reproject


def undo_end(
    session: Session,
    row: Ending,
    *,
    reason: str,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> Ending:
    """Say that the pump has not ended. It only makes things safer, and comes at once.

    Its visits stay cancelled: who was called off is booked anew.
    """
    pump = row.pump
    check_in_force(session, row)
    if is_blank(reason):
        raise NoReason("Say how it is known that the pump has not ended.", field="reason")
    take_version(session, pump, seen_version)
    closed, ended_at = closed_by_end(session, pump), pump.ended_at
    undone = _strike_out(session, row, reason.strip(), by=by, now=now)
    evidence = Evidence(EvidenceKind.PUMP_ENDING, undone.id)
    close_keys(session, [key_of(pump)], evidence, now=now)
    if not is_member(session, pump.owner, pump.clinic_id):
        pump.owner = by  # who owned it has left since: it is handed on by whoever took it back
    reproject(session, pump, because=evidence, now=now)
    for number in sorted({one.alarm_id for one in closed if one.alarm_id is not None}):
        watch_again(session, session.get_one(DeviceAlarm, number), now=now)
    dispute_again(session, pump, now=now)
    if ended_at is not None:
        ask_again(session, pump, since=ended_at, now=now)
    recalls.return_with_pump(session, pump, ended_at, now=now)
    recalls.look_at_pump(session, pump, by=by, now=now)
    return undone


def _strike_out(
    session: Session, row: Ending, reason: str, *, by: Staff, now: datetime
) -> Ending:
    pump = row.pump
    undone = Ending(
        pump=pump,
        kind=row.kind,
        ended_on=row.ended_on,
        note=row.note,
        replaces_id=row.id,
        is_void=True,
        reason=reason,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(undone)
    pump.ended_at = pump.ended_on = pump.end_kind = pump.end_note = pump.ended_by_id = None
    session.flush()
    return undone
