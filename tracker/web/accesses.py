"""A patient of another clinic, opened in an emergency with a reason; and who looked at it.

Nothing else of the other clinic opens: no other page asks this one's rows.
"""

import sqlalchemy as sa
from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.silence import CallResult
from tracker.models import EmergencyAccess, Patient
from tracker.services import accesses
from tracker.services.contact_attempts import calls_of, record_call
from tracker.web import medicines
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.rows import visible_access
from tracker.web.saving import look, save
from tracker.web.words import words_for

bp = Blueprint("accesses", __name__)

MOST_SHOWN = 200  # ours: what one page can hold
OVER = "Its time is over. If the emergency goes on, open it again and say so."
RESULTS = [(one.value, words_for(one)) for one in CallResult]


@bp.get("/other-clinic")
def new() -> ResponseReturnValue:
    """Whom it is about, and why."""
    return render_template("accesses/new.html", form=Form(), found=[])


@bp.post("/other-clinic")
@stepped_up
def create() -> ResponseReturnValue:
    """Open the record of the one who is named exactly, and report it."""
    form = Form(request.form)
    reason = form.text("reason", needed="Say what the emergency is.", longest=300)
    wanted = _wanted(form)
    found = (
        (look(form, lambda: accesses.find(g.session, g.clinic, wanted)) or []) if wanted else []
    )
    patient = _chosen(form, found)
    if form.is_right and patient is not None:
        done: list[EmergencyAccess] = []
        if save(form, lambda: done.append(_open(patient, reason))):
            return redirect(url_for("accesses.show", access_id=done[0].id))
    return render_template("accesses/new.html", form=form, found=found), 422


def _open(patient: Patient, reason: str) -> EmergencyAccess:
    return accesses.open_record(
        g.session, g.clinic, patient, reason=reason, by=g.staff, now=g.now
    )


def _wanted(form: Form) -> accesses.Wanted | None:
    birth_on = form.day("birth_on")
    names = ("mrn", "family_name", "serial")
    mrn, family_name, serial = (form.text(name, longest=120) for name in names)
    if "birth_on" in form.errors:
        return None
    return accesses.Wanted(mrn, family_name, birth_on, serial)


def _chosen(form: Form, found: list[Patient]) -> Patient | None:
    """The one who was found, or the one of several whose clinic was chosen."""
    if len(found) == 1:
        return found[0]
    if found:
        if not form["patient_id"]:
            form.refuse("patient_id", "Several clinics know such a patient: choose the clinic.")
        return next((one for one in found if str(one.id) == form["patient_id"]), None)
    form.refuse("mrn", "No other clinic here has such a patient. Is it written exactly so?")
    return None


@bp.get("/other-clinic/<int:access_id>")
def show(access_id: int) -> ResponseReturnValue:
    """The patient, while it is open."""
    access = accesses.opened(g.session, access_id, g.staff, g.clinic, now=g.now)
    return _page(access, Form()) if access else _over(access_id)


@bp.post("/other-clinic/<int:access_id>/calls")
def call(access_id: int) -> ResponseReturnValue:
    """Write a call down, for the patient's own clinic to see: the one thing that is written."""
    access = accesses.opened(g.session, access_id, g.staff, g.clinic, now=g.now)
    form = Form(request.form)
    if access is None:
        return _over(access_id, form)
    called = form.text("called", needed="Say who was called.", longest=120)
    result = form.choice("result", CallResult, needed="Say what came of it.")
    note, next_on = form.text("note", longest=300), form.day("next_call_on")
    pumps = accesses.pumps_of(g.session, access)
    shown = next((one for one in pumps if str(one.pump.id) == form["pump_id"]), None)
    if shown is None:
        form.refuse("pump_id", "Choose the pump.")

    def act() -> None:
        assert result is not None
        assert shown is not None
        record_call(
            g.session, shown.watch, result=result, called=called, note=note,
            called_at=g.now, next_call_on=next_on, by=g.staff, now=g.now,
        )  # fmt: skip

    if not (form.is_right and save(form, act)):
        return _page(access, form, status=422)
    flash("The call is recorded, and their clinic sees it.")
    return redirect(url_for("accesses.show", access_id=access_id))


@bp.get("/clinic/opened")
def index() -> ResponseReturnValue:
    """What was opened across clinics, from here and of our patients."""
    return _list(Form())


@bp.post("/clinic/opened/<int:access_id>/review")
def review(access_id: int) -> ResponseReturnValue:
    """Say that one has looked at it, and what one found."""
    access = visible_access(access_id)
    form, field = Form(request.form), f"note_{access_id}"
    note = form.text(field, needed="Say what you found.", longest=300)

    def act() -> None:
        accesses.review(
            g.session, access, g.clinic, note=note, by=g.staff, role=g.role, now=g.now
        )

    if not (form.is_right and save(form, act)):
        return _list(form, status=422)
    flash("It is written down.")
    return redirect(url_for("accesses.index"))


def _over(access_id: int, form: Form | None = None) -> ResponseReturnValue:
    """Its hour is over; what was typed of a call comes back with that."""
    asked = sa.select(EmergencyAccess.id).where(
        EmergencyAccess.id == access_id, EmergencyAccess.staff_id == g.staff.id
    )
    if g.session.scalar(asked) is None:
        abort(404)
    if form is not None:
        for name in ("called", "note"):
            form.text(name)
        form.refuse("form", OVER)
        return render_template("accesses/new.html", form=form, found=[]), 422
    flash(OVER)
    return redirect(url_for("accesses.new"))


def _page(access: EmergencyAccess, form: Form, *, status: int = 200) -> ResponseReturnValue:
    pumps = accesses.pumps_of(g.session, access)
    page = render_template(
        "accesses/show.html",
        access=access,
        patient=access.patient,
        theirs=access.clinic,
        pumps=pumps,
        calls={one.pump.id: calls_of(g.session, one.watch) for one in pumps},
        form=form,
        results=RESULTS,
        by_mouth=medicines.known_of(access.patient),
        choices=[(one.pump.id, f"{one.pump.model.name}, {one.pump.serial}") for one in pumps],
    )
    return page, status


def _list(form: Form, *, status: int = 200) -> ResponseReturnValue:
    rows = accesses.openings(g.session, g.clinic.id, limit=MOST_SHOWN)
    reviews = {
        one.id: next((r for r in one.reviews if r.clinic_id == g.clinic.id), None)
        for one in rows
    }
    able = {one.id for one in rows if accesses.may_review(one, g.clinic, g.role, g.staff)}
    page = render_template(
        "accesses/index.html", form=form, rows=rows, reviews=reviews, able=able
    )
    return page, status
