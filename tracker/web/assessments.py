"""A residual far from what was expected: what was looked at, and what was found."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Finding, Pump
from tracker.services.assessments import assess, assessments_of
from tracker.services.learning import learned_of
from tracker.web.forms import Form
from tracker.web.rows import visible_pump
from tracker.web.saving import open_form, save, seen_version, show_changes
from tracker.web.words import words_for

bp = Blueprint("assessments", __name__)
FINDINGS = [(one.value, words_for(one)) for one in Finding]


@bp.get("/pumps/<int:pump_id>/discrepancy")
def new(pump_id: int) -> ResponseReturnValue:
    """The trend, and the form of the assessment."""
    pump = visible_pump(pump_id)
    return _page(pump, open_form(pump))


@bp.post("/pumps/<int:pump_id>/discrepancy")
def create(pump_id: int) -> ResponseReturnValue:
    """Write the assessment down."""
    pump, form = visible_pump(pump_id), Form(request.form)
    finding = form.choice("finding", Finding, needed="Say what it came from.")
    note = form.text("note", needed="Say what was looked at, and what was found.")
    if (
        finding
        and form.is_right
        and save(
            form,
            lambda: assess(
                g.session,
                pump,
                finding=finding,
                note=note,
                seen_version=seen_version(form),
                by=g.staff,
                now=g.now,
            ),
        )
    ):
        flash("The assessment is recorded. It ends the reminders about this discrepancy.")
        return redirect(url_for("pumps.show", pump_id=pump.id))
    return _page(pump, form, status=422)


def _page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, pump)
    page = render_template(
        "refills/assess.html",
        pump=pump,
        form=form,
        changed=changes,
        findings=FINDINGS,
        learned=learned_of(g.session, pump),
        earlier=assessments_of(g.session, pump),
    )
    return page, status
