"""Calls: who was telephoned, and what came of it.

A call ends no danger and moves nobody; who says that they will come confirms their visit.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.errors import InTheFuture, TrackerError
from tracker.domain.silence import CallResult
from tracker.models import Clinic, ContactAttempt, Staff, Watch
from tracker.services.appointments import confirm
from tracker.services.bookings import booked_for

REACHED = (CallResult.REACHED, CallResult.WILL_COME)


def record_call(
    session: Session,
    watch: Watch,
    *,
    result: CallResult,
    called: str,
    note: str = "",
    called_at: datetime,
    next_call_on: date | None,
    by: Staff,
    now: datetime,
) -> ContactAttempt:
    """Write a call down; whoever was not reached is called again on a day that is named."""
    if not called.strip():
        raise TrackerError("Say who was called.", field="called")
    if called_at > now:
        raise InTheFuture("A call that is still to come can't be recorded.", field="called_at")
    if result not in REACHED and next_call_on is None:
        raise TrackerError("Nobody was reached: say when to call again.", field="next_call_on")
    zone = session.get_one(Clinic, watch.clinic_id).zone
    if next_call_on is not None and next_call_on < now.astimezone(zone).date():
        raise TrackerError("The next call can't be in the past.", field="next_call_on")
    attempt = ContactAttempt(
        watch_id=watch.id,
        called=called.strip(),
        called_at=called_at,
        result=result,
        note=note.strip(),
        next_call_on=next_call_on,
        recorded_at=now,
        by_id=by.id,
    )
    session.add(attempt)
    session.flush()
    if result is CallResult.WILL_COME:
        _confirm(session, watch, called.strip(), by=by, now=now)
    return attempt


def _confirm(session: Session, watch: Watch, called: str, *, by: Staff, now: datetime) -> None:
    """Who says that they will come confirms the visit that is booked."""
    visit = booked_for(session, watch.pump_id) if watch.pump_id else None
    if visit is None:
        raise TrackerError("No visit is booked: book one first.", field="result")
    confirm(session, visit, how=f"by telephone, {called}", by=by, now=now)


def calls_of(session: Session, watch: Watch) -> list[ContactAttempt]:
    """The calls for a watch, newest first."""
    asked = (
        sa.select(ContactAttempt)
        .where(ContactAttempt.watch_id == watch.id)
        .options(joinedload(ContactAttempt.by))
        .order_by(ContactAttempt.called_at.desc(), ContactAttempt.id.desc())
    )
    return list(session.scalars(asked))
