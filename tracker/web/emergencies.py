"""The page for three in the morning: one pump, the clinic's own plan, and whom to call."""

from datetime import timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Patient
from tracker.services import emergencies
from tracker.services.cover import duties
from tracker.services.emergency_entries import entry_of_pump
from tracker.web.forms import Form
from tracker.web.rows import visible_patient, visible_pump
from tracker.web.saving import save

bp = Blueprint("emergencies", __name__)
SOON = timedelta(minutes=1)  # "now" as a stretch of time
ANSWERS = (("yes", "Yes, on file"), ("no", "No"), ("", "Not recorded"))


@bp.get("/pumps/<int:pump_id>/emergency")
def show(pump_id: int) -> ResponseReturnValue:
    """The plan for this pump's class, and all that is asked for on the telephone."""
    pump = visible_pump(pump_id)
    now = g.now
    return render_template(
        "emergencies/show.html",
        pump=pump,
        plan=emergencies.plan_of(g.session, pump),
        entry=entry_of_pump(g.session, pump, now=g.now),
        contacts=pump.patient.contacts,
        on_duty=[one.staff for one in duties(g.session, g.clinic.id, now, now + SOON)],
        last_resort=g.clinic.last_resort,
    )


@bp.get("/patients/<int:patient_id>/emergency")
def edit(patient_id: int) -> ResponseReturnValue:
    """What is on record for an emergency department."""
    patient, form = visible_patient(patient_id), Form()
    answer = {True: "yes", False: "no", None: ""}[patient.has_rescue_script]
    form.put("has_rescue_script", answer)
    form.put("programmer_hospital", patient.programmer_hospital)
    return _page(patient, form)


@bp.post("/patients/<int:patient_id>/emergency")
def prepare(patient_id: int) -> ResponseReturnValue:
    """Write down what an emergency department will ask for."""
    patient, form = visible_patient(patient_id), Form(request.form)
    hospital = form.text("programmer_hospital", longest=200)
    script = form.answer("has_rescue_script")

    def act() -> None:
        emergencies.prepare(
            g.session, patient, has_rescue_script=script, programmer_hospital=hospital
        )

    if not (form.is_right and save(form, act)):
        return _page(patient, form, status=422)
    flash("What an emergency department will ask for is recorded.")
    return redirect(url_for("patients.show", patient_id=patient_id))


def _page(patient: Patient, form: Form, *, status: int = 200) -> ResponseReturnValue:
    page = render_template("emergencies/edit.html", patient=patient, form=form, answers=ANSWERS)
    return page, status
