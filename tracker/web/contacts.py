"""How a patient is reached: add a contact, mend an address, write a consent down."""

from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Contact, Patient
from tracker.services.contacts import decide_consent, mend_contact
from tracker.services.patients import add_contact
from tracker.web.forms import Form
from tracker.web.patients import CHANNELS, RELATIONS, read_contact
from tracker.web.rows import visible_contact, visible_patient
from tracker.web.saving import save

bp = Blueprint("contacts", __name__)


@bp.get("/patients/<int:patient_id>/contacts/new")
def new(patient_id: int) -> ResponseReturnValue:
    """An empty contact."""
    return _page(visible_patient(patient_id), None, Form())


@bp.post("/patients/<int:patient_id>/contacts/new")
def create(patient_id: int) -> ResponseReturnValue:
    """Write the contact down."""
    patient, form = visible_patient(patient_id), Form(request.form)
    found = read_contact(form, 0)
    if found is None and form.is_right:
        form.refuse("contacts-0-relation", "Say whose contact it is.")

    def act() -> None:
        assert found is not None
        add_contact(g.session, patient, found, by=g.staff, now=g.now)

    return _saved(patient, None, form, act, "The contact is recorded.")


@bp.get("/contacts/<int:contact_id>")
def show(contact_id: int) -> ResponseReturnValue:
    """One contact, to be mended."""
    contact = visible_contact(contact_id)
    return _page(contact.patient, contact, Form())


@bp.post("/contacts/<int:contact_id>/address")
def mend(contact_id: int) -> ResponseReturnValue:
    """Write the right address down beside the wrong one."""
    contact, form = visible_contact(contact_id), Form(request.form)
    address = form.text("address", needed="Give the right address or number.", longest=254)

    def act() -> None:
        mend_contact(g.session, contact, address, by=g.staff, now=g.now)

    return _saved(contact.patient, contact, form, act, "The address is mended.")


@bp.post("/contacts/<int:contact_id>/consent")
def decide(contact_id: int) -> ResponseReturnValue:
    """Write a consent, or its end, down."""
    contact, form = visible_contact(contact_id), Form(request.form)
    is_given = form.answer("is_given", needed="Say whether messages may be sent.")
    how = form.text("how", needed="Say how it was given or withdrawn.", longest=200)

    def act() -> None:
        given = bool(is_given)
        decide_consent(g.session, contact, is_given=given, how=how, by=g.staff, now=g.now)

    return _saved(contact.patient, contact, form, act, "The decision is recorded.")


def _saved(
    patient: Patient,
    contact: Contact | None,
    form: Form,
    act: Callable[[], None],
    sentence: str,
) -> ResponseReturnValue:
    if form.is_right and save(form, act):
        flash(sentence)
        return redirect(url_for("patients.show", patient_id=patient.id))
    return _page(patient, contact, form, status=422)


def _page(
    patient: Patient, contact: Contact | None, form: Form, *, status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "patients/contact.html",
        patient=patient,
        contact=contact,
        form=form,
        relations=RELATIONS,
        channels=CHANNELS,
    )
    return page, status
