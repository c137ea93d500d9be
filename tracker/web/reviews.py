"""The regular review of a pump: who looked, when, and at what."""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Pump, Review
from tracker.services.review_dates import last_review
from tracker.services.reviews import ReviewFacts, record_review
from tracker.web.forms import Form
from tracker.web.rows import visible_pump
from tracker.web.saving import open_form, save, seen_version, show_changes

bp = Blueprint("reviews", __name__)
LOOKED_AT = ("has_dose", "has_side_effects", "has_kidney_function")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the page of a pump shows of its reviews."""

    last: Review | None


def on_pump(pump: Pump) -> Reviewed:
    """The last review that counts."""
    return Reviewed(last_review(g.session, pump))


@bp.get("/pumps/<int:pump_id>/reviews/new")
def new(pump_id: int) -> ResponseReturnValue:
    """An empty review."""
    pump = visible_pump(pump_id)
    form = open_form(pump)
    form.put_moment("reviewed_at", g.now, g.clinic.zone)
    return _page(pump, form)


@bp.post("/pumps/<int:pump_id>/reviews/new")
def create(pump_id: int) -> ResponseReturnValue:
    """Record the review; it ends the asking."""
    pump, form = visible_pump(pump_id), Form(request.form)
    facts, seen = read_review(form, pump), seen_version(form)
    if facts and save(
        form,
        lambda: record_review(g.session, pump, facts, seen_version=seen, by=g.staff, now=g.now),
    ):
        flash("The review is recorded.")
        return redirect(url_for("pumps.show", pump_id=pump.id))
    return _page(pump, form, status=422)


def read_review(form: Form, pump: Pump) -> ReviewFacts | None:
    """The review that was typed; None where something is missing or can't be read."""
    at = form.moment("reviewed_at", pump.clinic.zone)
    who = form.text("reviewed_by", needed="Say who looked.", longest=120)
    looked = {name: form.flag(name) for name in LOOKED_AT}
    note = form.text("note")
    if not any(looked.values()):
        form.refuse("has_dose", "Say at what was looked: at least one.")
    if at is None or not form.is_right:
        return None
    return ReviewFacts(reviewed_at=at, reviewed_by=who, note=note, **looked)


def put_review(form: Form, review: Review) -> None:
    """Fill the fields in from a recorded review."""
    form.put_moment("reviewed_at", review.reviewed_at, review.pump.clinic.zone)
    form.put("reviewed_by", review.reviewed_by)
    form.put("note", review.note)
    for name in LOOKED_AT:
        form.put(name, "yes" if getattr(review, name) else "")


def _page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, pump)
    last = last_review(g.session, pump)
    page = render_template("reviews/new.html", pump=pump, form=form, changed=changes, last=last)
    return page, status
