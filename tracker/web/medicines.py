"""What a patient takes by mouth against spasticity or pain, and whether anybody asked."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.medicines import MedicineKind, dose_words
from tracker.domain.units import Quantity, format_number
from tracker.models import OralMedicine, Patient, Pump
from tracker.services import medicines
from tracker.services.medicines import NOTHING_KNOWN, ByMouth, MedicineFacts
from tracker.web.forms import Form
from tracker.web.rows import visible_medicine, visible_patient
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("medicines", __name__)
KINDS = [(one.value, words_for(one)) for one in MedicineKind if one is not MedicineKind.NONE]
UNITS = ("mg", "mcg")
CAUTION = (
    "An oral medicine against spasticity or pain has ended, and this patient has a pump."
    " Tell the physician who is responsible for the pump."
)


def on_pump(pump: Pump) -> ByMouth:
    """What the pump's patient takes by mouth, as the page of the pump shows it."""
    return known_of(pump.patient)


def known_of(patient: Patient) -> ByMouth:
    """What is on record of a patient whom whoever asks may read."""
    known = medicines.by_mouth(g.session, [patient.id], today=g.today)
    return known.get(patient.id, NOTHING_KNOWN)


@bp.get("/patients/<int:patient_id>/medicines")
def index(patient_id: int) -> ResponseReturnValue:
    """What is taken, what was, and the forms to add and to end."""
    return _page(visible_patient(patient_id), Form())


@bp.post("/patients/<int:patient_id>/medicines")
def create(patient_id: int) -> ResponseReturnValue:
    """Write down one that is taken."""
    patient, form = visible_patient(patient_id), Form(request.form)
    facts = _read(form)
    if facts and save(
        form, lambda: medicines.begin_medicine(g.session, patient, facts, by=g.staff, now=g.now)
    ):
        flash("The medicine is recorded.")
        return redirect(url_for("medicines.index", patient_id=patient_id))
    return _page(visible_patient(patient_id), form, status=422)


def _read(form: Form) -> MedicineFacts | None:
    """The medicine that was typed; None where something is missing or can't be read."""
    kind = form.choice("kind", MedicineKind, needed="Say what kind it is.")
    if kind is MedicineKind.NONE:
        form.refuse("kind", "Choose one of the list.")
    if kind is MedicineKind.BACLOFEN and not form["name"].strip():
        form.put("name", "Baclofen")  # the kind is the name
    name = form.text("name", needed="Give the name of the medicine.", longest=120)
    dose = form.quantity("dose", Quantity.MASS, needed="Give the dose at one time.")
    times = form.number("times_a_day", highest=24)
    since = form.day("since_on", needed="Give the day since when it is taken.")
    until, note = form.day("until_on"), form.text("note")
    if kind is None or since is None or not form.is_right:
        return None
    return MedicineFacts(
        kind=kind,
        name=name,
        dose_mcg=dose,
        times_a_day=times,
        since_on=since,
        until_on=until,
        note=note,
    )


@bp.post("/patients/<int:patient_id>/medicines/none")
def none(patient_id: int) -> ResponseReturnValue:
    """Write down that the patient was asked and takes none."""
    patient, form = visible_patient(patient_id), Form(request.form)
    asked_on = form.day("asked_on", needed="Give the day on which you asked.")

    def act() -> None:
        assert asked_on is not None
        medicines.record_none(g.session, patient, asked_on=asked_on, by=g.staff, now=g.now)

    if form.is_right and save(form, act):
        flash("It is recorded that the patient was asked and takes none.")
        return redirect(url_for("medicines.index", patient_id=patient_id))
    return _page(visible_patient(patient_id), form, status=422)


@bp.get("/medicines/<int:medicine_id>/correct")
def amend(medicine_id: int) -> ResponseReturnValue:
    """The medicine as it was recorded, to be put right."""
    row, form = visible_medicine(medicine_id), Form()
    for name in ("kind", "name", "since_on", "until_on", "note"):
        form.put(name, getattr(row, name))
    if row.dose_mcg is not None:
        form.put("dose", format_number(row.dose_mcg))
        form.put("dose_unit", "mcg")
    if row.times_a_day is not None:
        form.put("times_a_day", format_number(row.times_a_day))
    return _correct_page(row, form)


@bp.post("/medicines/<int:medicine_id>/correct")
def correct(medicine_id: int) -> ResponseReturnValue:
    """Write a new row that names the old one."""
    row, form = visible_medicine(medicine_id), Form(request.form)
    facts = _read_none(form) if row.kind is MedicineKind.NONE else _read(form)
    reason = form.text("reason", needed="Say why it is changed.")

    def act() -> None:
        assert facts is not None
        medicines.correct_medicine(g.session, row, facts, reason=reason, by=g.staff, now=g.now)

    if facts and form.is_right and save(form, act):
        flash("It is corrected. The old entry stays on record.")
        return redirect(url_for("medicines.index", patient_id=row.patient_id))
    return _correct_page(visible_medicine(medicine_id), form, status=422)


def _read_none(form: Form) -> MedicineFacts | None:
    """The day on which the patient was asked, and takes none."""
    on = form.day("since_on", needed="Give the day on which you asked.")
    if on is None:
        return None
    return MedicineFacts(
        kind=MedicineKind.NONE, name="", dose_mcg=None, times_a_day=None, since_on=on
    )


def _correct_page(row: OralMedicine, form: Form, *, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "medicines/correct.html",
        row=row,
        patient=row.patient,
        form=form,
        kinds=KINDS,
        units=UNITS,
    )
    return page, status


@bp.get("/medicines/<int:medicine_id>/end")
def ask_end(medicine_id: int) -> ResponseReturnValue:
    """When and why it ended, or that it was never so."""
    return _end_page(visible_medicine(medicine_id), Form({"until_on": g.today.isoformat()}))


@bp.post("/medicines/<int:medicine_id>/end")
def end(medicine_id: int) -> ResponseReturnValue:
    """Write down its last day."""
    row, form = visible_medicine(medicine_id), Form(request.form)
    until = form.day("until_on", needed="Give the last day.")
    reason = form.text("reason", needed="Say why it ended, and who decided it.")

    def act() -> None:
        assert until is not None
        medicines.end_medicine(
            g.session, row, until_on=until, reason=reason, by=g.staff, now=g.now
        )

    if form.is_right and save(form, act):
        flash("The last day is recorded.")
        if _has_pump(row.patient):
            flash(CAUTION)
        return redirect(url_for("medicines.index", patient_id=row.patient_id))
    return _end_page(visible_medicine(medicine_id), form, status=422)


@bp.post("/medicines/<int:medicine_id>/strike")
def strike(medicine_id: int) -> ResponseReturnValue:
    """Take back what was never so."""
    row, form = visible_medicine(medicine_id), Form(request.form)
    reason = form.text("strike_reason", needed="Say why it is struck out.")

    def act() -> None:
        medicines.strike_out(g.session, row, reason=reason, by=g.staff, now=g.now)

    if form.is_right and save(form, act):
        flash("It is struck out.")
        return redirect(url_for("medicines.index", patient_id=row.patient_id))
    return _end_page(visible_medicine(medicine_id), form, status=422)


def oral_dose(row: OralMedicine) -> str:
    """20 mg, 3 times a day."""
    return dose_words(row.dose_mcg, row.times_a_day)


def _has_pump(patient: Patient) -> bool:
    active = sa.select(Pump.id).where(Pump.patient_id == patient.id, Pump.ended_at.is_(None))
    return g.session.scalar(active.limit(1)) is not None


def _page(patient: Patient, form: Form, *, status: int = 200) -> ResponseReturnValue:
    form.typed.setdefault("asked_on", g.today.isoformat())
    page = render_template(
        "medicines/index.html",
        patient=patient,
        form=form,
        by_mouth=known_of(patient),
        kinds=KINDS,
        units=UNITS,
    )
    return page, status


def _end_page(row: OralMedicine, form: Form, *, status: int = 200) -> ResponseReturnValue:
    facts: dict[str, Any] = {"row": row, "patient": row.patient, "form": form}
    caution = CAUTION if _has_pump(row.patient) else ""
    return render_template("medicines/end.html", **facts, caution=caution), status
