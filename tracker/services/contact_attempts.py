"""Calls: who was telephoned, and what came of it.

A call ends no danger and moves nobody. It answers whether somebody was told; who says that they
will come confirms their visit.
Its next call is itself due: `watch.next_call_on` follows from the newest call, here alone, and
`promised_calls` keeps a watch on that day.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.errors import InTheFuture, TrackerError
from tracker.domain.silence import REACHED, CallResult
from tracker.domain.wording import write_day
from tracker.models import AddressState, Clinic, Contact, ContactAttempt, Staff, Watch
from tracker.services.appointments import confirm
from tracker.services.bookings import booked_for
from tracker.services.promised_calls import about_what, keep_promise
from tracker.services.stops import stop_contact
from tracker.services.undelivered import answered


@dataclass(frozen=True, slots=True)
class CallSaid:
    """What came of a call, whom it was to, and when the next one is to be."""

    result: CallResult
    called: str
    next_call_on: date | None


def record_call(
    session: Session,
    watch: Watch,
    *,
    result: CallResult,
    called: str,
    contact: Contact | None = None,
    note: str = "",
    called_at: datetime,
    next_call_on: date | None,
    by: Staff,
    now: datetime,
) -> ContactAttempt:
    """Write a call down; whoever was not reached is called again on a day that is named.

    A wrong number flags the contact that was called by it, as a text message saying so would.
    Whoever is reached about a message that perhaps never came has been told: that watch ends.
    """
    watch = about_what(session, watch)
    session.refresh(watch, with_for_update={"of": Watch})  # it may end in this very moment
    said = CallSaid(result, called.strip() or (contact.name if contact else ""), next_call_on)
    _check(session, watch, said, called_at, now=now)
    attempt = ContactAttempt(
        watch_id=watch.id,
        called=said.called,
        contact=contact,
        called_at=called_at,
        result=result,
        note=note.strip(),
        next_call_on=next_call_on,
        recorded_at=now,
        by_id=by.id,
    )
    if any(_is_same(one, attempt) for one in calls_of(session, watch)):
        raise TrackerError("This call is written down already.", field="called_at")
    session.add(attempt)
    session.flush()
    newest = calls_of(session, watch)[0]
    watch.next_call_on = newest.next_call_on
    keep_promise(session, watch, newest, now=now)
    answered(session, watch, now=now)
    if result is CallResult.WRONG_NUMBER and contact is not None:
        _flag(session, contact, now=now)
    session.flush()
    if result is CallResult.WILL_COME:
        _confirm(session, watch, said.called, by=by, now=now)
    return attempt


def _is_same(one: ContactAttempt, other: ContactAttempt) -> bool:
    """Whether the same form was sent twice: no two calls of one person begin at one moment."""
    names = ("by_id", "called_at", "called", "result", "note", "next_call_on")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _check(
    session: Session, watch: Watch, said: CallSaid, called_at: datetime, *, now: datetime
) -> None:
    """Refuse a call of nobody, of another time, or that nobody would follow up."""
    next_on = said.next_call_on
    if is_blank(said.called):
        raise TrackerError("Say who was called.", field="called")
    if called_at > now:
        raise InTheFuture("A call that is still to come can't be recorded.", field="called_at")
    if said.result not in REACHED and next_on is None:
        raise TrackerError("Nobody was reached: say when to call again.", field="next_call_on")
    zone = session.get_one(Clinic, watch.clinic_id).zone
    if next_on is not None and next_on < now.astimezone(zone).date():
        raise TrackerError("The next call can't be in the past.", field="next_call_on")
    _check_comes_first(watch, said.result, next_on, zone, now=now)


def _confirm(session: Session, watch: Watch, called: str, *, by: Staff, now: datetime) -> None:
    """Who says that they will come confirms the visit that is booked."""
    visit = booked_for(session, watch.pump_id) if watch.pump_id else None
    if visit is None:
        raise TrackerError("No visit is booked: book one first.", field="result")
    confirm(session, visit, how=f"by telephone, {called}", by=by, now=now)


def _check_comes_first(
    watch: Watch, result: CallResult, next_on: date | None, zone: ZoneInfo, *, now: datetime
) -> None:
    """Who wasn't reached is called again before the date, and not after it."""
    if result in REACHED or next_on is None or watch.danger_at is None:
        return
    last = watch.danger_at.astimezone(zone).date()
    if watch.danger_at > now and next_on > last:
        words = f"The date comes first: call again on {write_day(last)} at the latest."
        raise TrackerError(words, field="next_call_on")


def _flag(session: Session, contact: Contact, *, now: datetime) -> None:
    if contact.state is not AddressState.INVALID:
        how, state = "wrong number, by telephone", AddressState.INVALID
        stop_contact(session, contact, how=how, state=state, now=now)


def calls_of(session: Session, watch: Watch) -> list[ContactAttempt]:
    """The calls for a watch, newest first."""
    asked = (
        sa.select(ContactAttempt)
        .where(ContactAttempt.watch_id == watch.id)
        .options(joinedload(ContactAttempt.by))
        .order_by(ContactAttempt.called_at.desc(), ContactAttempt.id.desc())
    )
    return list(session.scalars(asked))
