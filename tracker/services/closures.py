"""Closed days, as the pages write them: closing comes at once, opening again needs a second."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import start_of_day
from tracker.domain.proposal import LASTS, NotProposed, Outcome
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Clinic, Closure, Proposal, Staff
from tracker.services.clinics import close_days
from tracker.services.proposed import of_closure
from tracker.services.versions import hold_clinic

LONGEST_CLOSURE_DAYS = 62  # ours: a clinic that is closed for longer hands its pumps over
FURTHEST_DAYS = 3 * 366  # ours: beyond that a day is a slip of the finger


def coming_closures(session: Session, clinic: Clinic, *, today: date) -> list[Closure]:
    """The closed days from today on, in order."""
    asked = sa.select(Closure).where(Closure.clinic_id == clinic.id, Closure.closed_on >= today)
    return list(session.scalars(asked.order_by(Closure.closed_on)))


def booked_on(session: Session, clinic: Clinic, days: Collection[date]) -> list[Appointment]:
    """The visits that are booked for any of these days of the clinic, in order."""
    if not days:
        return []
    zone, after = clinic.zone, max(days) + timedelta(days=1)
    asked = sa.select(Appointment).where(
        Appointment.clinic_id == clinic.id,
        Appointment.state == VisitState.BOOKED,
        Appointment.scheduled_at >= start_of_day(min(days), zone),
        Appointment.scheduled_at < start_of_day(after, zone),
    )
    found = session.scalars(asked.order_by(Appointment.scheduled_at, Appointment.id))
    return [one for one in found if one.scheduled_at.astimezone(zone).date() in days]


def close_span(
    session: Session,
    clinic: Clinic,
    first: date,
    last: date,
    *,
    name: str,
    by: Staff,
    now: datetime,
) -> list[date]:
    """Close the days from `first` to `last`; those that weren't closed before.

    Dates can only come forward by it, so it waits for nobody.
    """
    today = now.astimezone(clinic.zone).date()
    if last < first:
        raise NotProposed("The last day comes before the first.", field="last_on")
    if first < today:
        raise NotProposed("This day is over already.", field="first_on")
    if (last - first).days >= LONGEST_CLOSURE_DAYS or (last - today).days > FURTHEST_DAYS:
        raise NotProposed(
            f"Give at most {LONGEST_CLOSURE_DAYS} days, within three years.", field="last_on"
        )
    hold_clinic(session, clinic)  # of two at once the second sees the first
    there = {one.closed_on for one in coming_closures(session, clinic, today=today)}
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    new = [day for day in span if day not in there]
    if not new:
        raise NotProposed("The clinic is closed on that day already.", field="first_on")
    close_named(session, clinic, [(day, name) for day in new], by=by, now=now)
    return new


def close_named(
    session: Session,
    clinic: Clinic,
    days: Sequence[tuple[date, str]],
    *,
    by: Staff,
    now: datetime,
) -> None:
    """Close days that were open, each with its name, and work every date out anew once."""
    session.add_all(
        Proposal(
            clinic_id=clinic.id,
            subject=of_closure(day),
            before={},
            after={"name": name},
            reason=name,
            proposed_by=by,
            proposed_at=now,
            ends_at=now + LASTS,
            outcome=Outcome.AT_ONCE,
            decided_by=by,
            decided_at=now,
        )
        for day, name in days
    )
    close_days(session, clinic, days, now=now)
