"""Days on which a patient can't come, where they are seen, and how far away they live."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Away, Patient, Pump
from tracker.services.aways import (
    aways_of,
    booked_between,
    missed_by,
    record_away,
    set_travel,
    withdraw_away,
)
from tracker.services.leavings import leavings_of
from tracker.web.forms import Form
from tracker.web.proposal_words import WEEKDAYS
from tracker.web.rows import visible_away, visible_patient
from tracker.web.saving import save
from tracker.web.standing_visits import name_visits

bp = Blueprint("aways", __name__)
FARTHEST_MINUTES = 600  # ours: nobody drives longer than that to a visit


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a patient where a day is chosen for them."""

    pump: Pump
    missed: list[datetime]
    aways: list[Away]


def known_of(pump: Pump) -> Known:
    """Missed visits and days away of the pump's patient."""
    number = pump.patient_id
    return Known(
        pump,
        missed_by(g.session, [number], now=g.now).get(number, []),
        aways_of(g.session, [number], since=g.today).get(number, []),
    )


@bp.get("/patients/<int:patient_id>/away")
def index(patient_id: int) -> ResponseReturnValue:
    """When they are away from today on, and how they come to a visit."""
    return _page(visible_patient(patient_id), Form())


@bp.post("/patients/<int:patient_id>/away")
def create(patient_id: int) -> ResponseReturnValue:
    """Write down days on which they can't come."""
    patient, form = visible_patient(patient_id), Form(request.form)
    first = form.day("first_on", needed="Give the first day.")
    last = form.day("last_on", needed="Give the last day.")
    place = form.text("place", longest=200)

    def act() -> None:
        assert first is not None
        assert last is not None
        record_away(
            g.session, patient, first_on=first, last_on=last, place=place, by=g.staff, now=g.now
        )

    if first is not None and last is not None and form.is_right and save(form, act):
        flash("Written down. The plan offers days around it; no date has moved.")
        visits = booked_between(g.session, patient, first, last)
        name_visits(visits, "a day on which the patient is away")
        for said in leavings_of(g.session, patient):
            flash(f"{said} Staff are reminded to have a visit before then.")
        return redirect(url_for("aways.index", patient_id=patient_id))
    return _page(visible_patient(patient_id), form, status=422)


@bp.post("/patients/<int:patient_id>/travel")
def travel(patient_id: int) -> ResponseReturnValue:
    """Write down how they come to a visit: at home, how far away, on which weekdays best."""
    patient, form = visible_patient(patient_id), Form(request.form)
    minutes = form.whole("travel_minutes", highest=FARTHEST_MINUTES)
    days = "".join(str(day) for day in range(7) if form.flag(f"best_{day}"))
    if form.is_right and save(
        form,
        lambda: set_travel(
            g.session,
            patient,
            is_seen_at_home=form.flag("is_seen_at_home"),
            travel_minutes=minutes,
            best_weekdays=days,
        ),
    ):
        flash("Written down.")
        return redirect(url_for("aways.index", patient_id=patient_id))
    return _page(visible_patient(patient_id), form, status=422)


@bp.post("/aways/<int:away_id>/withdraw")
def withdraw(away_id: int) -> ResponseReturnValue:
    """They are here after all."""
    away = visible_away(away_id)
    withdraw_away(g.session, away, by=g.staff, now=g.now)
    g.session.commit()
    flash("Taken back.")
    return redirect(url_for("aways.index", patient_id=away.patient_id))


def _page(patient: Patient, form: Form, *, status: int = 200) -> ResponseReturnValue:
    if "is_seen_at_home" not in form.typed and "travel_minutes" not in form.typed:
        form.put("travel_minutes", patient.travel_minutes)
        form.put("is_seen_at_home", "yes" if patient.is_seen_at_home else "")
        for day in patient.best_weekdays:
            form.put(f"best_{day}", "yes")
    page = render_template(
        "aways/index.html",
        patient=patient,
        form=form,
        aways=aways_of(g.session, [patient.id], since=g.today).get(patient.id, []),
        weekdays=list(enumerate(WEEKDAYS)),
    )
    return page, status
