"""Patients: find, register, show."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload, selectinload

from tracker.domain.calendar import parse_day
from tracker.domain.errors import TrackerError
from tracker.domain.languages import NAMES, name_of
from tracker.domain.likeness import Named
from tracker.domain.message import Channel
from tracker.models import Contact, Patient, Pump, Relation
from tracker.services.at_once import at_once_by_patient
from tracker.services.lookalikes import lookalikes
from tracker.services.numbers import e164
from tracker.services.patients import (
    NewContact,
    change_language,
    find_patients,
    register_patient,
)
from tracker.services.transfers import open_transfer, refused_offer
from tracker.web import asked
from tracker.web.forms import Form
from tracker.web.rows import visible_patient
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("patients", __name__)
SHOWN = 50
CONTACT_ROWS = range(2)
RELATIONS = [(one.value, words_for(one)) for one in Relation]
LANGUAGES = sorted(NAMES.items(), key=lambda one: one[1])
CHANNELS = [(one.value, words_for(one)) for one in Channel]


@bp.get("/patients")
def index() -> ResponseReturnValue:
    """Patients whose name, MRN or birth date begins with what was typed."""
    text = asked.asked()
    found = find_patients(g.session, g.clinic.id, _as_day(text), limit=SHOWN + 1)
    shown = found[:SHOWN]
    return render_template(
        "patients/index.html",
        q=text,
        found=shown,
        is_more=len(found) > SHOWN,
        at_once=at_once_by_patient(g.session, [one.id for one in shown]),
    )


@bp.post("/patients/find")
def find() -> ResponseReturnValue:
    """Lead on to what was searched for."""
    return redirect(url_for("patients.index", asked=asked.seal(asked.typed())))


def _as_day(text: str) -> str:
    """A birth date in any clear way of writing, as the search wants it."""
    try:
        return parse_day(text).isoformat()
    except TrackerError:
        return text


@bp.get("/patients/new")
def new() -> ResponseReturnValue:
    """An empty patient."""
    return _page(Form())


@bp.post("/patients/new")
def create() -> ResponseReturnValue:
    """Register the patient, or show what stands in the way."""
    form = Form(request.form)
    mrn = form.text("mrn", needed="Give the medical record number.", longest=40)
    family = form.text("family_name", needed="Give the family name.", longest=120)
    given = form.text("given_name", needed="Give the given name.", longest=120)
    birth_on = form.day("birth_on", needed="Give the date of birth.")
    raised = form.text("risk_raised_because", longest=200)
    contacts = [one for row in CONTACT_ROWS if (one := read_contact(form, row))]
    made: list[Patient] = []
    if form.is_right and birth_on and not form.flag("is_another"):
        wanted = Named(mrn, family, given, birth_on)
        if alike := lookalikes(g.session, g.clinic, wanted):
            form.refuse("is_another", "A patient like this one is here already: look first.")
            return _page(form, alike=alike, status=422)
    if (
        form.is_right
        and isinstance(birth_on, date)
        and save(
            form,
            lambda: made.append(
                register_patient(
                    g.session,
                    g.clinic,
                    mrn=mrn,
                    family_name=family,
                    given_name=given,
                    birth_on=birth_on,
                    contacts=contacts,
                    risk_raised_because=raised or None,
                    language=form["language"] or None,
                    by=g.staff,
                    now=g.now,
                )
            ),
        )
    ):
        flash("The patient is registered. Now record the implanted pump.")
        return redirect(url_for("patients.show", patient_id=made[0].id))
    return _page(form, status=422)


@bp.post("/patients/<int:patient_id>/language")
def speak(patient_id: int) -> ResponseReturnValue:
    """Write down the language in which the patient is written to."""
    patient, form = visible_patient(patient_id), Form(request.form)
    language = form["language"] or None
    if save(form, lambda: change_language(g.session, patient, language)):
        flash("The language of the messages is recorded.")
        return redirect(url_for("patients.show", patient_id=patient.id))
    return _shown(patient, form), 422


@bp.get("/patients/<int:patient_id>")
def show(patient_id: int) -> ResponseReturnValue:
    """The patient with contacts and pumps."""
    patient = visible_patient(patient_id)
    return _shown(patient, Form({"language": patient.language or ""}))


def _shown(patient: Patient, form: Form) -> str:
    contacts = g.session.scalars(
        sa.select(Contact)
        .where(Contact.patient_id == patient.id)
        .order_by(Contact.id)
        .options(selectinload(Contact.consents))
    ).all()
    pumps = g.session.scalars(
        sa.select(Pump)
        .where(Pump.patient_id == patient.id)
        .order_by(Pump.ended_at.is_not(None), Pump.id)
        .options(joinedload(Pump.model), joinedload(Pump.owner))
    ).all()
    return render_template(
        "patients/show.html",
        patient=patient,
        contacts=contacts,
        pumps=pumps,
        offer=open_transfer(g.session, patient.id),
        refused=refused_offer(g.session, patient),
        form=form,
        languages=LANGUAGES,
        clinics_language=name_of(g.clinic.language),
    )


def read_contact(form: Form, row: int) -> NewContact | None:
    """The contact typed in this row; None where nothing was, or what was can't be read."""
    stem = f"contacts-{row}"
    if not any(form[f"{stem}-{part}"].strip() for part in ("relation", "name", "address")):
        return None
    relation = form.choice(f"{stem}-relation", Relation, needed="Say whose contact it is.")
    channel = form.choice(f"{stem}-channel", Channel, needed="Choose e-mail or SMS.")
    name = form.text(f"{stem}-name", needed="Give the name.", longest=120)
    address = form.text(f"{stem}-address", needed="Give the address or number.", longest=254)
    how = form.text(f"{stem}-consent_how", longest=200)
    if relation is None or channel is None or not name or not address:
        return None
    if channel is Channel.EMAIL and "@" not in address:
        form.refuse(f"{stem}-address", "This is not an e-mail address.")
    if channel is Channel.SMS:
        try:
            address = e164(address)
        except TrackerError as refused:
            form.refuse(f"{stem}-address", refused.message)
    return NewContact(relation, name, channel, address, how or None)


def _page(
    form: Form, *, alike: Sequence[Patient] = (), status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "patients/new.html",
        form=form,
        alike=alike,
        contact_rows=CONTACT_ROWS,
        languages=LANGUAGES,
        clinics_language=name_of(g.clinic.language),
        relations=RELATIONS,
        channels=CHANNELS,
    )
    return page, status
