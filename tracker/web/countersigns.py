"""The second person's own page: what was entered of a refill, to agree to or not."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Countersign, Refill
from tracker.services import countersigns
from tracker.services.corrections import rows_set_with
from tracker.services.endings import to_confirm
from tracker.web.confirm import stepped_up
from tracker.web.entries import tell_record
from tracker.web.forms import Form
from tracker.web.rows import visible_record
from tracker.web.saving import save

bp = Blueprint("countersigns", __name__)


@bp.get("/countersign")
def index() -> ResponseReturnValue:
    """What waits for the word of whoever is signed in."""
    waiting = countersigns.to_countersign(g.session, g.clinic.id, g.staff.id, now=g.now)
    rows = [(one, tell_record(one)) for one in waiting]
    days, ends = countersigns.ASKED_FOR.days, to_confirm(g.session, g.clinic.id, g.staff.id)
    return render_template("countersigns/index.html", rows=rows, days=days, ends=ends)


@bp.get("/countersign/<int:refill_id>")
def show(refill_id: int) -> ResponseReturnValue:
    """One refill as it was entered."""
    return _page(visible_record("refill", refill_id), Form())


@bp.post("/countersign/<int:refill_id>/agree")
@stepped_up
def agree(refill_id: int) -> ResponseReturnValue:
    """It was so."""
    return _said(refill_id, Form(request.form), is_agreed=True)


@bp.post("/countersign/<int:refill_id>/disagree")
@stepped_up
def disagree(refill_id: int) -> ResponseReturnValue:
    """It was not so, and how it was; somebody has to settle it."""
    form = Form(request.form)
    form.text("reason", needed="Say what was otherwise.", longest=300)
    return _said(refill_id, form, is_agreed=False)


def _said(refill_id: int, form: Form, *, is_agreed: bool) -> ResponseReturnValue:
    refill = visible_record("refill", refill_id)

    def act() -> None:
        countersigns.countersign(
            g.session, refill, is_agreed=is_agreed, reason=form["reason"], by=g.staff, now=g.now
        )

    if not (form.is_right and save(form, act)):
        return _page(visible_record("refill", refill_id), form, status=422)
    if is_agreed:
        flash("Countersigned, under your name.")
    else:
        flash("It is written down, and those who answer for this pump are told.")
    return redirect(url_for("countersigns.index"))


def _page(refill: Refill, form: Form, *, status: int = 200) -> ResponseReturnValue:
    said: Countersign | None = countersigns.signed_of(g.session, [refill.id]).get(refill.id)
    page = render_template(
        "countersigns/show.html",
        refill=refill,
        pump=refill.pump,
        told=tell_record(refill),
        set_with=[tell_record(one) for one in rows_set_with(g.session, refill)],
        said=said,
        recorder=countersigns.recorder_of(g.session, refill),
        is_mine=refill.checked_by_id == g.staff.id,
        form=form,
    )
    return page, status
