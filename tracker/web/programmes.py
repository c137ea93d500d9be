"""Changing the dose or the mode, with old and new dates shown before it is saved."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Pump
from tracker.services.programmes import (
    DosePreview,
    ProgrammeFacts,
    change_dose,
    preview_dose,
)
from tracker.web.dates import flash_dates
from tracker.web.doses import DAYS
from tracker.web.entries import last_programme, last_refill
from tracker.web.forms import Form
from tracker.web.programme_fields import (
    DOSE_UNITS,
    asks_for_boluses,
    mode_options,
    read_programme,
    step_rows,
)
from tracker.web.refills import add_rows
from tracker.web.rows import visible_pump
from tracker.web.saving import look, open_form, save, seen_version, show_changes

bp = Blueprint("programmes", __name__)


@bp.get("/pumps/<int:pump_id>/programmes/new")
def new(pump_id: int) -> ResponseReturnValue:
    """An empty programme beside the one that runs now."""
    pump = visible_pump(pump_id)
    form = open_form(pump)
    form.put_moment("effective_at", g.now, g.clinic.zone)
    return _page(pump, form)


@bp.post("/pumps/<int:pump_id>/programmes/new")
def create(pump_id: int) -> ResponseReturnValue:
    """Record the change, or show what stands in its way."""
    pump, form = visible_pump(pump_id), Form(request.form)
    facts = read_facts(form, pump)
    if facts and save(
        form,
        lambda: change_dose(
            g.session,
            pump,
            facts,
            reason=form.text("reason"),
            seen_version=seen_version(form),
            by=g.staff,
            now=g.now,
        ),
    ):
        flash_dates(pump, "The programme is recorded.")
        return redirect(url_for("pumps.show", pump_id=pump.id))
    return _page(pump, form, preview=_preview(pump, form), status=422)


@bp.post("/pumps/<int:pump_id>/programmes/check")
def check(pump_id: int) -> ResponseReturnValue:
    """The page again with old and new dates; nothing is saved."""
    pump, form = visible_pump(pump_id), Form(request.form)
    if add_rows(form):
        return _page(pump, form)
    preview = _preview(pump, form)
    return _page(pump, form, preview=preview, status=200 if form.is_right else 422)


@bp.post("/pumps/<int:pump_id>/programmes/preview")
def preview(pump_id: int) -> ResponseReturnValue:
    """Old and new dates alone: fetched as the nurse types."""
    pump, form = visible_pump(pump_id), Form(request.form)
    found = _preview(pump, form)
    return render_template(
        "programmes/_preview.html", pump=pump, form=form, preview=found, is_alone=True
    )


def read_facts(form: Form, pump: Pump) -> ProgrammeFacts | None:
    """The programme and the instant from which it runs."""
    effective_at = form.moment("effective_at", pump.clinic.zone)
    return read_programme(form, pump, effective_at)


def _preview(pump: Pump, form: Form) -> DosePreview | None:
    reading = Form(form.typed) if form.errors else form
    facts = read_facts(reading, pump)
    if facts is None:
        return None
    return look(reading, lambda: preview_dose(g.session, pump, facts, now=g.now))


def page_facts(pump: Pump, form: Form) -> dict[str, Any]:
    """What the dose form shows beside what was typed."""
    return {
        "last": last_refill(pump),
        "programme": last_programme(pump),
        "dose_units": DOSE_UNITS,
        "modes": mode_options(pump),
        "step_rows": step_rows(form),
        "boluses_open": asks_for_boluses(form),
        "weekdays": list(enumerate(DAYS)),
    }


def _page(
    pump: Pump, form: Form, *, preview: DosePreview | None = None, status: int = 200
) -> ResponseReturnValue:
    changes = show_changes(form, pump)
    facts = page_facts(pump, form)
    page = render_template(
        "programmes/new.html", pump=pump, form=form, preview=preview, changed=changes, **facts
    )
    return page, status
