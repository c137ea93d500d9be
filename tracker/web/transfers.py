"""Handing a patient to another clinic, and the packet on which the receiver decides."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload, selectinload

from tracker.domain.ladder import Level
from tracker.domain.wording import write_day
from tracker.models import Clinic, Contact, Patient, Programme, Pump, Refill, Transfer, Watch
from tracker.services import transfers
from tracker.services.histories import pump_history, watches_of
from tracker.services.owners import possible_owners
from tracker.web import medicines
from tracker.web.confirm import stepped_up
from tracker.web.entries import Told, last_programme, last_refill, programme_lines, tell
from tracker.web.forms import Form
from tracker.web.rows import (
    decided_meanwhile,
    offered_by_us,
    offered_to_us,
    visible_patient,
)
from tracker.web.saving import save
from tracker.web.watches import causes
from tracker.web.words import words_for

bp = Blueprint("transfers", __name__)
MOST_SHOWN = 200  # ours: what one page can hold


@dataclass(frozen=True, slots=True)
class ShownPump:
    """A pump as the receiver has to know it, the loudest watch first.

    `refill_by` is a day of the old clinic.
    """

    pump: Pump
    refill_by: date | None
    watches: list[Watch]
    last: Refill | None
    programme: Programme | None
    lines: list[str]
    history: list[Told]


@bp.get("/clinic/handovers")
def index() -> ResponseReturnValue:
    """Who is offered, from here and to here, and what became of it."""
    return _list(Form())


@bp.get("/patients/<int:patient_id>/handover")
def new(patient_id: int) -> ResponseReturnValue:
    """To which clinic, and why."""
    return _form(visible_patient(patient_id), Form())


@bp.post("/patients/<int:patient_id>/handover")
def create(patient_id: int) -> ResponseReturnValue:
    """Offer the patient; nothing else changes until the other clinic decides."""
    patient, form = visible_patient(patient_id), Form(request.form)
    typed = form.text("to_id", needed="Choose the clinic.")
    reason = form.text("reason", needed="Say why the patient goes there.", longest=300)
    to = next((one for one in _others() if str(one.id) == typed), None)
    if typed and to is None:
        form.refuse("to_id", "Choose one of the list.")

    def act() -> None:
        assert to is not None
        transfers.propose(g.session, patient, to, reason=reason, by=g.staff, now=g.now)

    if not (form.is_right and save(form, act)):
        return _form(visible_patient(patient_id), form, status=422)
    flash("The patient is offered. Until the other clinic accepts, all stays with you.")
    return redirect(url_for("patients.show", patient_id=patient_id))


@bp.post("/clinic/handovers/<int:transfer_id>/withdraw")
def withdraw(transfer_id: int) -> ResponseReturnValue:
    """Keep the patient after all."""
    form, field = Form(request.form), f"note_{transfer_id}"
    if decided := decided_meanwhile(transfer_id):
        return _too_late(decided, form, field)
    transfer = offered_by_us(transfer_id)
    note = form.text(field, needed="Say why it is withdrawn.", longest=300)

    def act() -> None:
        transfers.withdraw(g.session, transfer, note=note, by=g.staff, now=g.now)

    if not (form.is_right and save(form, act)):
        return _list(form, status=422)
    flash("It is withdrawn. The patient stays with you.")
    return redirect(url_for("transfers.index"))


@bp.get("/clinic/handovers/<int:transfer_id>")
def packet(transfer_id: int) -> ResponseReturnValue:
    """All that the receiver has to know of the patient, to read, to print and to decide."""
    transfer = offered_to_us(transfer_id)
    return _packet(transfer, Form({"mrn": transfer.patient.mrn}))


@bp.post("/clinic/handovers/<int:transfer_id>/accept")
@stepped_up
def accept(transfer_id: int) -> ResponseReturnValue:
    """Take the patient, with an owner and with each date as it was read."""
    form = Form(request.form)
    if decided := decided_meanwhile(transfer_id):
        return _too_late(decided, form, "mrn")
    transfer = offered_to_us(transfer_id)
    pumps = _pumps(transfer)
    mrn = form.text("mrn", needed="Give the number that the patient has with you.", longest=40)
    owner_id = form.text("owner_id", needed="Choose who answers for the pump.")
    able = {str(one.id): one for one in possible_owners(g.session, g.clinic.id)}
    if owner_id and owner_id not in able:
        form.refuse("owner_id", "Choose one of the list.")
    dates = {one.id: _date(form, transfer, one) for one in pumps}
    seen = {one.id: int(form.whole(f"seen_{one.id}") or 0) for one in pumps}
    patient_id = transfer.patient_id

    def act() -> None:
        transfers.accept(
            g.session, transfer, owner=able[owner_id], dates=dates, seen_versions=seen,
            mrn=mrn, by=g.staff, now=g.now,
        )  # fmt: skip

    if not (form.is_right and save(form, act)):
        return _packet_again(transfer_id, form)
    flash("The patient is yours. Open the pump: its dates are reckoned by your rules now.")
    return redirect(url_for("patients.show", patient_id=patient_id))


@bp.post("/clinic/handovers/<int:transfer_id>/refuse")
def refuse(transfer_id: int) -> ResponseReturnValue:
    """Leave the patient with the other clinic, and say why."""
    form = Form(request.form)
    if decided := decided_meanwhile(transfer_id):
        return _too_late(decided, form, "note")
    transfer = offered_to_us(transfer_id)
    note = form.text("note", needed="Say why, for the other clinic to read.", longest=300)

    def act() -> None:
        transfers.refuse(g.session, transfer, note=note, by=g.staff, now=g.now)

    if not (form.is_right and save(form, act)):
        return _packet_again(transfer_id, form)
    flash("It is refused. The patient stays with the other clinic, which reads why.")
    return redirect(url_for("transfers.index"))


def _packet_again(transfer_id: int, form: Form) -> ResponseReturnValue:
    """The packet as it was typed into; the list, where the offer was decided meanwhile."""
    decided = decided_meanwhile(transfer_id)
    if decided:
        return _too_late(decided, form)
    return _packet(offered_to_us(transfer_id), form, status=422)


def _too_late(decided: Transfer, form: Form, *fields: str) -> ResponseReturnValue:
    """Say what somebody else decided meanwhile; what was typed comes back with it."""
    for name in fields:
        form.text(name)
    form.errors.clear()
    name = decided.decided_by.name if decided.decided_by else "somebody"
    at = decided.decided_at.astimezone(g.clinic.zone) if decided.decided_at else None
    when = f" on {write_day(at.date())} at {at:%H:%M}" if at else ""
    outcome = words_for(decided.outcome) if decided.outcome else "Decided"
    form.refuse("form", f"{outcome} meanwhile by {name}{when}: nothing else was saved.")
    return _list(form, status=422)


def _date(form: Form, transfer: Transfer, pump: Pump) -> date | None:
    """What was typed for a pump's refill-by; needed where the packet shows one."""
    has_one = transfers.refill_by(g.session, transfer, pump) is not None
    needed = "Type the refill-by that the packet shows." if has_one else ""
    return form.day(f"date_{pump.id}", needed=needed)


def _others() -> list[Clinic]:
    asked = sa.select(Clinic).where(Clinic.id != g.clinic.id).order_by(Clinic.name)
    return list(g.session.scalars(asked))


def _form(patient: Patient, form: Form, *, status: int = 200) -> ResponseReturnValue:
    clinics = [(one.id, one.name) for one in _others()]
    page = render_template("transfers/new.html", patient=patient, form=form, clinics=clinics)
    return page, status


def _list(form: Form, *, status: int = 200) -> ResponseReturnValue:
    rows = transfers.transfers(g.session, g.clinic.id, limit=MOST_SHOWN)
    return render_template("transfers/index.html", form=form, rows=rows), status


def _pumps(transfer: Transfer) -> list[Pump]:
    asked = (
        sa.select(Pump)
        .where(Pump.patient_id == transfer.patient_id, Pump.ended_at.is_(None))
        .order_by(Pump.id)
        .options(joinedload(Pump.model), joinedload(Pump.owner))
    )
    return list(g.session.scalars(asked.execution_options(populate_existing=True)))


def _packet(transfer: Transfer, form: Form, *, status: int = 200) -> ResponseReturnValue:
    pumps = [_shown(transfer, one) for one in _pumps(transfer)]
    for one in pumps:  # the state that this page shows, whatever was seen before
        form.put(f"seen_{one.pump.id}", one.pump.version)
    contacts = g.session.scalars(
        sa.select(Contact)
        .where(Contact.patient_id == transfer.patient_id)
        .order_by(Contact.id)
        .options(selectinload(Contact.consents))
    ).all()
    beside: dict[str, Any] = {
        "owners": [(one.id, one.name) for one in possible_owners(g.session, g.clinic.id)],
        "is_mine": transfer.proposed_by_id == g.staff.id,
        "causes": causes,
        "by_mouth": medicines.known_of(transfer.patient),
    }
    page = render_template(
        "transfers/packet.html",
        transfer=transfer,
        patient=transfer.patient,
        theirs=transfer.from_clinic,
        contacts=contacts,
        pumps=pumps,
        form=form,
        **beside,
    )
    return page, status


def _shown(transfer: Transfer, pump: Pump) -> ShownPump:
    programme = last_programme(pump)
    entries = [one for one in pump_history(g.session, pump) if one.is_in_force]
    return ShownPump(
        pump,
        transfers.refill_by(g.session, transfer, pump),
        sorted(watches_of(g.session, pump), key=lambda one: -list(Level).index(one.level)),
        last_refill(pump),
        programme,
        [line for line in programme_lines(programme) if line] if programme else [],
        [tell(one) for one in entries],
    )
