"""Visits: book one, move or cancel it, confirm it, and say what became of it."""

from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.visit import Transport, VisitState
from tracker.models import Appointment, Pump, Role, VisitArrangement, Watch
from tracker.services import appointments
from tracker.services.arrangements import arrangements_of
from tracker.services.bookings import is_too_late
from tracker.services.closed_visits import is_closed
from tracker.services.watches import open_key
from tracker.web.allowing import allowing
from tracker.web.aways import known_of
from tracker.web.batteries import surgery_soon
from tracker.web.filters import local_day
from tracker.web.forms import Form
from tracker.web.rows import visible, visible_pump
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("appointments", __name__)
MOST_SHOWN = 200  # ours: more visits than a clinic has in a month


@bp.get("/appointments")
def index() -> ResponseReturnValue:
    """What is booked in this clinic, by day; a day that has passed waits for its answer."""
    asked = (
        sa.select(Appointment, Watch)
        .join(
            Watch,
            sa.and_(
                Watch.pump_id == Appointment.pump_id,
                Watch.kind == WatchKind.REFILL,
                Watch.closed_at.is_(None),
            ),
        )
        .where(Appointment.clinic_id == g.clinic.id, Appointment.state == VisitState.BOOKED)
        .order_by(Appointment.scheduled_at, Appointment.id)
        .limit(MOST_SHOWN)
        .options(joinedload(Appointment.pump).joinedload(Pump.patient))
    )
    found = g.session.execute(asked).all()
    grouped = groupby(found, key=lambda row: local_day(row[0].scheduled_at))
    rows = [(day, [(one, is_too_late(watch)) for one, watch in some]) for day, some in grouped]
    return render_template(
        "appointments/index.html",
        days=rows,
        is_closed=_is_closed,
        is_cut=len(found) == MOST_SHOWN,
        most=MOST_SHOWN,
    )


@bp.get("/pumps/<int:pump_id>/visit")
def show(pump_id: int) -> ResponseReturnValue:
    """The visit of a pump, with all that can be done about it, and those before it.

    A link may carry the day and the hour that it offers.
    """
    form = Form()
    form.put("scheduled_at_on", request.args.get("on", "")[:10])
    form.put("scheduled_at_time", request.args.get("at", "")[:5])
    pump = visible_pump(pump_id)
    visit = appointments.booked_for(g.session, pump.id)
    is_home = visit.is_home if visit else pump.patient.is_seen_at_home
    form.put("is_home", "yes" if is_home else "")
    return page_of(pump, form)


@bp.post("/pumps/<int:pump_id>/visit")
def create(pump_id: int) -> ResponseReturnValue:
    """Book a visit."""
    pump, form = visible_pump(pump_id), Form(request.form)
    at = form.moment("scheduled_at", g.clinic.zone)
    if at and save(
        form,
        lambda: appointments.book(
            g.session, pump, scheduled_at=at, **_reasons(form), by=g.staff, now=g.now
        ),
    ):
        return _done(pump, "The visit is booked. Only the refill ends the reminders.", form)
    return page_of(pump, form, status=422)


@bp.post("/appointments/<int:appointment_id>/move")
def move(appointment_id: int) -> ResponseReturnValue:
    """Book another time instead."""
    found, form = visible_visit(appointment_id), Form(request.form)
    at, pump = form.moment("scheduled_at", g.clinic.zone), found.pump
    if at and save(
        form,
        lambda: appointments.move(
            g.session, found, scheduled_at=at, **_reasons(form), by=g.staff, now=g.now
        ),
    ):
        return _done(pump, "The visit is moved.", form)
    return page_of(pump, form, status=422)


@bp.post("/appointments/<int:appointment_id>/confirm")
def confirm(appointment_id: int) -> ResponseReturnValue:
    """Write down that the patient will come."""
    found, form = visible_visit(appointment_id), Form(request.form)
    how = form.text("how", needed="Say how it was confirmed.", longest=120)
    if form.is_right and save(
        form, lambda: appointments.confirm(g.session, found, how=how, by=g.staff, now=g.now)
    ):
        return _done(
            found.pump, "The visit is confirmed: no more reminders are sent for it.", form
        )
    return page_of(found.pump, form, status=422)


@bp.post("/appointments/<int:appointment_id>/end")
def end(appointment_id: int) -> ResponseReturnValue:
    """Say what became of it: cancelled, did not come, came."""
    found, form = visible_visit(appointment_id), Form(request.form)
    became = form.choice("became", VisitState, needed="Say what became of the visit.")
    act = ENDS.get(became) if became else None
    reason = form.text("reason_of_end", longest=300)
    if became is VisitState.CANCELLED and not reason:
        form.refuse("reason_of_end", "Say why the visit is cancelled.")
    if act and form.is_right and save(form, lambda: act(found, reason)):
        return _done(found.pump, SAID[became], form)  # type: ignore[index]
    if became and act is None:
        form.refuse("became", "Choose one of the list.")
    return page_of(found.pump, form, status=422)


def _cancel(found: Appointment, reason: str) -> None:
    appointments.cancel(g.session, found, reason=reason, by=g.staff, now=g.now)


def _miss(found: Appointment, reason: str) -> None:
    appointments.miss(g.session, found, reason=reason, by=g.staff, now=g.now)


def _keep(found: Appointment, _reason: str) -> None:
    appointments.keep(g.session, found, by=g.staff, now=g.now)


ENDS = {
    VisitState.CANCELLED: _cancel,
    VisitState.MISSED: _miss,
    VisitState.KEPT: _keep,
}
SAID = {
    VisitState.CANCELLED: "The visit is cancelled: the reminders to book go on from here.",
    VisitState.MISSED: "Written down. The reminders to book go on.",
    VisitState.KEPT: "Written down. Now record the refill: only that ends the reminders.",
}
LATER = (VisitState.CANCELLED,)
SINCE = (VisitState.KEPT, VisitState.MISSED, VisitState.CANCELLED)


def _reasons(form: Form) -> dict[str, Any]:
    """Why a visit may be on a full day, or after refill-by, which only a clinician allows."""
    is_doctor = g.role is Role.CLINICIAN
    return {
        "signed_by": g.staff if is_doctor else None,
        "signed_reason": form.text("signed_reason", longest=300),
        "full_reason": form.text("full_reason", longest=300),
        "home_reason": form.text("home_reason", longest=300),
        "is_home": form.flag("is_home"),
    }


def visible_visit(appointment_id: int) -> Appointment:
    """The visit; not one of a pump that has gone to another clinic."""
    found = visible(Appointment, appointment_id, joinedload(Appointment.pump))
    return found if found.pump.clinic_id == g.clinic.id else abort(404)


def _done(pump: Pump, sentence: str, form: Form) -> ResponseReturnValue:
    flash(sentence)
    if form["week"]:  # it was done in the calendar
        return redirect(url_for("weeks.show", week=form["week"][:10]))
    return redirect(url_for("pumps.show", pump_id=pump.id))


def page_of(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    """The page of a pump's visit, with a form that was refused as it was typed."""
    key = open_key(pump, WatchKind.REFILL)
    watch = g.session.scalar(sa.select(Watch).where(Watch.open_key == key))
    visit = appointments.booked_for(g.session, pump.id)
    arranged = arrangements_of(g.session, [visit.id]).get(visit.id) if visit else None
    if arranged is not None:
        _put_arranged(form, arranged)
    page = render_template(
        "appointments/show.html",
        pump=pump,
        form=form,
        watch=watch,
        visit=visit,
        is_too_late=is_too_late(watch),
        is_closed=_is_closed,
        ends=SINCE if visit and has_come(visit.scheduled_at) else LATER,
        earlier=_earlier(pump),
        is_clinician=g.role is Role.CLINICIAN,
        allowing=allowing(watch.id, watch.danger_at, form) if watch else None,
        arranged=arranged,
        transports=[(one.value, words_for(one)) for one in Transport],
        in_hand=known_of(pump),
        surgery_at=surgery_soon(pump, visit.scheduled_at if visit else None),
    )
    return page, status


def _put_arranged(form: Form, arranged: VisitArrangement) -> None:
    """What is arranged stands in the form, so that adding to it lets go of nothing."""
    for name, value in (
        ("transport", arranged.transport.value),
        ("transport_by", arranged.transport_by),
        ("interpreter", arranged.interpreter),
        ("arranged_note", arranged.note),
    ):
        form.typed.setdefault(name, value)
    if "transport" not in request.form and arranged.is_interpreter_booked:
        form.put("is_interpreter_booked", "yes")


def _is_closed(visit: Appointment) -> bool:
    """Whether the day of a visit that lies ahead has been closed since it was booked."""
    return not has_come(visit.scheduled_at) and is_closed(g.clinic, visit.scheduled_at)


def has_come(at: datetime) -> bool:
    """Whether a visit's hour is here, so that it can be said what became of it."""
    return bool(at <= g.now)


def _earlier(pump: Pump) -> list[Appointment]:
    asked = sa.select(Appointment).where(
        Appointment.pump_id == pump.id, Appointment.state != VisitState.BOOKED
    )
    people = (joinedload(Appointment.booked_by), joinedload(Appointment.ended_by))
    return list(
        g.session.scalars(asked.order_by(Appointment.id.desc()).limit(20).options(*people))
    )
