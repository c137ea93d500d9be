"""Booking, moving and ending visits. A visit quietens a watch; only the refill ends it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Pump, Refill, Staff, Watch
from tracker.services.arrangements import take_along
from tracker.services.bookings import booked_for as booked_for
from tracker.services.bookings import call_off, drop_answered, is_too_late, take_visit
from tracker.services.lifespans import settle
from tracker.services.order_watches import tell_orders
from tracker.services.versions import stay_here
from tracker.services.visit_checks import (
    NotBooked,
    check_free,
    check_home,
    check_place,
    check_time,
)
from tracker.services.visit_watches import (
    close_visit,
    close_watch,
    open_of,
    open_visit,
    open_watches,
)


def book(
    session: Session,
    pump: Pump,
    *,
    scheduled_at: datetime,
    signed_by: Staff | None = None,
    signed_reason: str = "",
    full_reason: str = "",
    home_reason: str = "",
    is_home: bool | None = None,
    by: Staff,
    now: datetime,
) -> Appointment:
    """Book the pump's one visit; one after refill-by needs a clinician and a reason.

    One past the day's places needs a reason, and one at home where nobody travels needs that of
    a coordinator or clinician. `is_home` None: where the patient is seen.
    """
    check_free(session, pump)
    return _book(
        session,
        pump,
        scheduled_at,
        signed_by,
        signed_reason,
        full_reason=full_reason,
        home_reason=home_reason,
        is_home=is_home,
        by=by,
        now=now,
    )


def move(
    session: Session,
    appointment: Appointment,
    *,
    scheduled_at: datetime,
    signed_by: Staff | None = None,
    signed_reason: str = "",
    full_reason: str = "",
    home_reason: str = "",
    is_home: bool | None = None,
    reason: str = "",
    by: Staff,
    now: datetime,
) -> Appointment:
    """Book another time instead; the old row stays and says that it was moved."""
    pump = appointment.pump
    stay_here(session, pump)
    _end(session, appointment, VisitState.MOVED, reason, by_id=by.id, now=now)
    close_visit(session, appointment, now=now)
    return _book(
        session,
        pump,
        scheduled_at,
        signed_by,
        signed_reason,
        full_reason=full_reason,
        home_reason=home_reason,
        is_home=appointment.is_home if is_home is None else is_home,
        moved_from=appointment,
        by=by,
        now=now,
    )


def cancel(
    session: Session, appointment: Appointment, *, reason: str, by: Staff | None, now: datetime
) -> None:
    """Call the visit off: the refill watch speaks at once, at the step for the days left."""
    _end(
        session, appointment, VisitState.CANCELLED, reason, by_id=by.id if by else None, now=now
    )
    close_visit(session, appointment, now=now)
    refill = open_of(session, appointment.pump, WatchKind.REFILL)
    _tell_refill(session, refill, appointment.pump, None, now=now)
    tell_orders(session, appointment, now=now)


def miss(
    session: Session,
    appointment: Appointment,
    *,
    reason: str = "",
    by: Staff | None,
    now: datetime,
) -> None:
    """The patient did not come: the ladder reopens the next morning, one step higher."""
    _check_has_come(appointment, now=now)
    _end(session, appointment, VisitState.MISSED, reason, by_id=by.id if by else None, now=now)
    close_visit(session, appointment, now=now)
    tell_orders(session, appointment, now=now)


def keep(session: Session, appointment: Appointment, *, by: Staff, now: datetime) -> None:
    """The patient came. That ends no watch: both ask on until the refill is recorded."""
    _check_has_come(appointment, now=now)
    _end(session, appointment, VisitState.KEPT, "", by_id=by.id, now=now)
    tell_orders(session, appointment, now=now)


def confirm(
    session: Session,
    appointment: Appointment,
    *,
    how: str,
    by: Staff | None = None,
    now: datetime,
) -> None:
    """The patient will come: the reminders of this visit stop, and nothing else does."""
    if appointment.state is not VisitState.BOOKED:
        raise NotBooked("This visit is not booked any more.")
    if is_blank(how):
        raise TrackerError("Say how the visit was confirmed.", field="how")
    said = f"{how.strip()} ({by.name})" if by else how.strip()
    appointment.confirmed_at, appointment.confirmed_how = now, said[:200]
    watch = open_of(session, appointment.pump, WatchKind.VISIT)
    if watch is not None and watch.dry_at is None:  # not on a day that has been closed since
        watch.visit_at = appointment.scheduled_at  # without an end: nothing reopens here
        drop_answered(session, watch, now=now)
        settle(session, watch, now=now)
    session.flush()


def settle_by_refill(session: Session, pump: Pump, refill: Refill, *, now: datetime) -> None:
    """A refill shows that the visit was kept, once the visit's day has come."""
    appointment, zone = booked_for(session, pump.id), pump.clinic.zone
    if appointment is not None:
        day = appointment.scheduled_at.astimezone(zone).date()
        if day > refill.filled_at.astimezone(zone).date():
            return
        by_id = refill.recorded_by_id
        _end(session, appointment, VisitState.KEPT, "", by_id=by_id, now=now)
    close_watch(session, pump, Evidence(EvidenceKind.REFILL, refill.id), now=now)


def end_with_pump(
    session: Session,
    pump: Pump,
    *,
    reason: str = "the pump has ended",
    by: Staff,
    now: datetime,
) -> None:
    """No visit is left booked for a pump that has ended, or has gone to another clinic."""
    appointment = booked_for(session, pump.id)
    if appointment is not None:
        _end(session, appointment, VisitState.CANCELLED, reason, by_id=by.id, now=now)


def _book(
    session: Session,
    pump: Pump,
    scheduled_at: datetime,
    signed_by: Staff | None,
    signed_reason: str,
    *,
    full_reason: str,
    home_reason: str,
    is_home: bool | None,
    moved_from: Appointment | None = None,
    by: Staff,
    now: datetime,
) -> Appointment:
    watches = open_watches(session, pump)
    refill = watches.get(WatchKind.REFILL)
    danger_at = refill.danger_at if refill else None
    is_late = check_time(
        session, pump, scheduled_at, danger_at, signed_by, signed_reason, now=now
    )
    at_home = pump.patient.is_seen_at_home if is_home is None else is_home
    is_else = at_home and check_home(session, pump, scheduled_at, home_reason, by)
    is_over = check_place(session, pump, scheduled_at, full_reason, is_home=at_home, now=now)
    appointment = Appointment(
        clinic_id=pump.clinic_id,
        pump=pump,
        scheduled_at=scheduled_at,
        state=VisitState.BOOKED,
        moved_from_id=moved_from.id if moved_from else None,
        signed_by_id=signed_by.id if signed_by and is_late else None,
        signed_reason=signed_reason.strip() if is_late else "",
        full_reason=full_reason.strip()[:300] if is_over else "",
        home_reason=home_reason.strip()[:300] if is_else else "",
        is_home=at_home,
        booked_at=now,
        booked_by_id=by.id,
    )
    session.add(appointment)
    session.flush()
    if moved_from is not None:
        take_along(session, moved_from, appointment, by=by, now=now)
    _tell_refill(session, refill, pump, appointment, now=now)
    open_visit(session, pump, appointment, watches, now=now)
    tell_orders(session, appointment, now=now)
    return appointment


def _tell_refill(
    session: Session,
    watch: Watch | None,
    pump: Pump,
    appointment: Appointment | None,
    *,
    now: datetime,
) -> None:
    if watch is None:
        return
    if appointment is None:
        call_off(watch, now=now)
    else:
        take_visit(watch, pump, appointment)
        if not is_too_late(watch):
            drop_answered(session, watch, now=now)
    settle(session, watch, now=now)
    session.flush()


def _check_has_come(appointment: Appointment, *, now: datetime) -> None:
    if appointment.scheduled_at > now:
        raise TrackerError("This visit lies ahead: move it or cancel it.")


def _end(
    session: Session,
    appointment: Appointment,
    state: VisitState,
    reason: str,
    *,
    by_id: int | None,
    now: datetime,
) -> None:
    """Say what became of a visit, once: two who answer at the same time don't overwrite."""
    ended = session.scalar(
        sa.update(Appointment)
        .where(Appointment.id == appointment.id, Appointment.state == VisitState.BOOKED)
        .values(
            state=state,
            ended_at=now,
            ended_reason=reason.strip()[:300],
            ended_by_id=by_id,
        )
        .returning(Appointment)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if ended is None:
        stay_here(session, appointment.pump)
        raise NotBooked("Somebody has said already what became of this visit.")
