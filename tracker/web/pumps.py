"""Pumps: implant and correct; `pump_page` shows one, `ends` ends it."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.units import Quantity
from tracker.models import (
    Membership,
    Patient,
    Pump,
    Role,
    Staff,
)
from tracker.services.pumps import (
    PumpDetails,
    correct_pump,
    details_of,
    implant_pump,
)
from tracker.web.catalogue import pump_models
from tracker.web.dates import flash_dates
from tracker.web.forms import Form
from tracker.web.pump_page import show
from tracker.web.rows import visible_patient, visible_pump
from tracker.web.saving import open_form, save, seen_version, show_changes

bp = Blueprint("pumps", __name__)
bp.add_url_rule("/pumps/<int:pump_id>", view_func=show)
PURPOSES = [("spasticity", "Spasticity"), ("pain", "Pain")]


@bp.get("/patients/<int:patient_id>/pumps/new")
def new(patient_id: int) -> ResponseReturnValue:
    """An empty pump; the owner is whoever records it, until changed."""
    patient = visible_patient(patient_id)
    return _form_page(patient, Form({"owner_id": str(g.staff.id)}))


@bp.post("/patients/<int:patient_id>/pumps/new")
def create(patient_id: int) -> ResponseReturnValue:
    """Record the implanted pump; its watches open with it."""
    patient, form = visible_patient(patient_id), Form(request.form)
    facts = _facts(form)
    made: list[Pump] = []
    if facts and save(
        form,
        lambda: made.append(implant_pump(g.session, patient, **facts, by=g.staff, now=g.now)),
    ):
        flash("The pump is recorded and watched. Now record its first fill.")
        return redirect(url_for("pumps.show", pump_id=made[0].id))
    return _form_page(patient, form, status=422)


@bp.get("/pumps/<int:pump_id>/correct")
def amend(pump_id: int) -> ResponseReturnValue:
    """The pump's details as they are on record."""
    pump = visible_pump(pump_id)
    form = open_form(pump)
    for name, value in details_of(pump).as_json().items():
        form.put(name, value)
    return _correct_page(pump, form)


@bp.post("/pumps/<int:pump_id>/correct")
def correct(pump_id: int) -> ResponseReturnValue:
    """Put the details right; what stood there before is kept."""
    pump, form = visible_pump(pump_id), Form(request.form)
    facts = read_details(form, pump)
    reason = form.text("reason", needed="Say why the pump's details are changed.")
    if form.is_right and save(
        form,
        lambda: correct_pump(
            g.session,
            pump,
            PumpDetails(**facts),
            reason=reason,
            seen_version=seen_version(form),
            by=g.staff,
            now=g.now,
        ),
    ):
        flash_dates(pump, "The pump's details are corrected.")
        return redirect(url_for("pumps.show", pump_id=pump.id))
    return _correct_page(pump, form, status=422)


def _correct_page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, pump)
    page = render_template(
        "pumps/correct.html",
        pump=pump,
        form=form,
        changed=changes,
        implant_unknown=not pump.is_implant_day_known,
        **options(),
    )
    return page, status


def _facts(form: Form) -> dict[str, Any] | None:
    model = chosen(form, "model", pump_models(), "Choose the model.")
    facts = {"model": model, **read_details(form)}
    return facts if form.is_right else None


def read_details(form: Form, pump: Pump | None = None) -> dict[str, Any]:
    """All that can be corrected later, too.

    The day of an implant that nobody knew may stay unknown in a correction of `pump`.
    """
    is_unknown = pump is not None and not pump.is_implant_day_known
    needed = "" if is_unknown else "Give the day of the implant."
    day = form.day("implanted_on", needed=needed)
    facts = _details(form)
    if day is None and is_unknown and pump is not None:
        return {**facts, "implanted_on": pump.implanted_on, "is_implant_day_known": False}
    return {**facts, "implanted_on": day}


def _details(form: Form) -> dict[str, Any]:
    return {
        "owner": chosen(form, "owner_id", owners(), "Choose who is responsible."),
        "serial": form.text("serial", needed="Give the serial number.", longest=60),
        "reservoir_capacity_ml": form.volume(
            "reservoir_capacity_ml", needed="Give the size of the reservoir."
        ),
        "low_reservoir_alarm_ml": form.volume(
            "low_reservoir_alarm_ml", needed="Give the alarm volume set in this pump."
        ),
        "dead_volume_ml": form.volume("dead_volume_ml"),
        "fixed_flow_ml_per_day": _flow(form),
        "purpose": form.text("purpose", longest=40),
    }


def _flow(form: Form) -> Any:
    form.typed.setdefault("fixed_flow_ml_per_day_unit", "mL/day")
    return form.quantity("fixed_flow_ml_per_day", Quantity.FLOW)


def chosen(form: Form, name: str, rows: list[Any], needed: str) -> Any:
    """The row of the list that was chosen by its number."""
    wanted = form.text(name, needed=needed)
    found = next((row for row in rows if str(row.id) == wanted), None)
    if wanted and found is None:
        form.refuse(name, "Choose one of the list.")
    return found


def owners() -> list[Staff]:
    """Who may be responsible for a pump: all who may record here and have not left."""
    query = (
        sa.select(Staff)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(
            Membership.clinic_id == g.clinic.id,
            Membership.role != Role.VIEWER,
            Staff.left_at.is_(None),
        )
        .order_by(Staff.name)
    )
    return list(g.session.scalars(query))


def _form_page(patient: Patient, form: Form, *, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "pumps/new.html",
        patient=patient,
        form=form,
        models=pump_models(),
        **options(),
    )
    return page, status


def options() -> dict[str, Any]:
    """What the fields of a pump's details offer."""
    return {"owners": [(one.id, one.name) for one in owners()], "purposes": PURPOSES}
