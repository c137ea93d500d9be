"""Calls: who was telephoned, and what came of it. A call stops no reminder and moves nobody."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.errors import InTheFuture, TrackerError
from tracker.domain.silence import CallResult
from tracker.models import Clinic, ContactAttempt, Staff, Watch


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
    if result is not CallResult.REACHED and next_call_on is None:
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
    return attempt


def calls_of(session: Session, watch: Watch) -> list[ContactAttempt]:
    """The calls for a watch, newest first."""
    asked = (
        sa.select(ContactAttempt)
        .where(ContactAttempt.watch_id == watch.id)
        .options(joinedload(ContactAttempt.by))
        .order_by(ContactAttempt.called_at.desc(), ContactAttempt.id.desc())
    )
    return list(session.scalars(asked))
