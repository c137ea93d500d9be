"""The way to a new pump: its steps, the date of the surgery, and the new pump itself."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.replacement import StepKind
from tracker.models import Pump, Role
from tracker.services import replacements
from tracker.services.pumps import PumpDetails, details_of
from tracker.web.batteries import way_of
from tracker.web.catalogue import pump_models
from tracker.web.entries import last_refill
from tracker.web.forms import Form
from tracker.web.pumps import chosen, options, read_details
from tracker.web.rows import visible_pump
from tracker.web.saving import open_form, save, seen_version, show_changes
from tracker.web.words import words_for

bp = Blueprint("replacements", __name__)
# what is as it was in the old pump, until somebody says otherwise
AS_BEFORE = ("purpose", "owner_id", "reservoir_capacity_ml")


@bp.get("/pumps/<int:pump_id>/replacement")
def show(pump_id: int) -> ResponseReturnValue:
    """The steps, and all that can be recorded of them."""
    form = Form({"happened_on": g.today.isoformat()})
    return _page(visible_pump(pump_id), form)


@bp.post("/pumps/<int:pump_id>/replacement")
def record(pump_id: int) -> ResponseReturnValue:
    """Write down that it was referred or authorised."""
    pump, form = visible_pump(pump_id), Form(request.form)
    kind = form.choice("kind", StepKind, needed="Say what was done.")
    happened_on = form.day("happened_on", needed="Give the day.")
    note = form.text("note", longest=300)

    def act() -> None:
        assert kind is not None
        assert happened_on is not None
        replacements.record_step(
            g.session, pump, kind, happened_on=happened_on, note=note, by=g.staff, now=g.now
        )

    if not (form.is_right and save(form, act)):
        return _page(visible_pump(pump_id), form, status=422)
    return _done(pump_id, "The step is recorded. It quietens no reminder.")


@bp.post("/pumps/<int:pump_id>/replacement/date")
def date(pump_id: int) -> ResponseReturnValue:
    """Set or move the date of the surgery."""
    pump, form = visible_pump(pump_id), Form(request.form)
    at = form.moment("theatre_at", g.clinic.zone)
    signed_reason = form.text("signed_reason", longest=300)
    note = form.text("theatre_note", longest=300)

    def act() -> None:
        assert at is not None
        replacements.set_theatre(
            g.session,
            pump,
            theatre_at=at,
            signed_by=g.staff if g.role is Role.CLINICIAN else None,
            signed_reason=signed_reason,
            note=note,
            by=g.staff,
            now=g.now,
        )

    if not (at and form.is_right and save(form, act)):
        return _page(visible_pump(pump_id), form, status=422)
    return _done(
        pump_id, "The date is set. Only the record of the new pump ends the reminders."
    )


@bp.post("/pumps/<int:pump_id>/replacement/off")
def call_off(pump_id: int) -> ResponseReturnValue:
    """The surgery won't be on that day."""
    pump, form = visible_pump(pump_id), Form(request.form)
    reason = form.text("reason", needed="Say why it won't be.", longest=300)

    def act() -> None:
        replacements.call_off(g.session, pump, reason=reason, by=g.staff, now=g.now)

    if not (form.is_right and save(form, act)):
        return _page(visible_pump(pump_id), form, status=422)
    return _done(pump_id, "The surgery is called off: the reminders go on from here.")


@bp.get("/pumps/<int:pump_id>/replacement/pump")
def new_pump(pump_id: int) -> ResponseReturnValue:
    """The new pump, with what is as it was in the old one filled in."""
    pump = visible_pump(pump_id)
    form = open_form(pump)
    kept = details_of(pump).as_json()
    for name in AS_BEFORE:
        form.put(name, kept[name])
    return _new_page(pump, form)


@bp.post("/pumps/<int:pump_id>/replacement/pump")
def replace(pump_id: int) -> ResponseReturnValue:
    """End the old pump with the new one as its evidence."""
    pump, form = visible_pump(pump_id), Form(request.form)
    model = chosen(form, "model", pump_models(), "Choose the model.")
    facts = read_details(form)
    note = form.text(
        "evidence", needed="Say what shows it: operation note, letter, who told you."
    )
    made: list[Pump] = []

    def act() -> None:
        made.append(
            replacements.replace_pump(
                g.session,
                pump,
                model,
                PumpDetails(**facts),
                note=note,
                seen_version=seen_version(form),
                by=g.staff,
                now=g.now,
            )
        )

    if not (form.is_right and save(form, act)):
        return _new_page(visible_pump(pump_id), form, status=422)
    flash("The new pump is recorded and watched, the old one has ended. Record its first fill.")
    return redirect(url_for("pumps.show", pump_id=made[0].id))


def _done(pump_id: int, sentence: str) -> ResponseReturnValue:
    flash(sentence)
    return redirect(url_for("replacements.show", pump_id=pump_id))


def _page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    kinds = (StepKind.REFERRED, StepKind.AUTHORISED)
    page = render_template(
        "replacements/show.html",
        pump=pump,
        way=way_of(pump),
        form=form,
        kinds=[(one.value, words_for(one)) for one in kinds],
        is_clinician=g.role is Role.CLINICIAN,
    )
    return page, status


def _new_page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    facts: dict[str, Any] = options()
    page = render_template(
        "replacements/new_pump.html",
        pump=pump,
        form=form,
        changed=show_changes(form, pump),
        last=last_refill(pump),
        model_options=[(one.id, one.name) for one in pump_models()],
        **facts,
    )
    return page, status
