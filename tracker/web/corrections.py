"""Correcting and voiding a record: the old row stays, and a reason is always given."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Bolus, Event, EventEnd, Programme, Reading, Refill, Review
from tracker.services import corrections
from tracker.services.events import NEEDS_CLINICIAN, correct_end, record_event
from tracker.services.histories import WHEN, Record
from tracker.services.programmes import change_dose, preview_dose
from tracker.services.reading_previews import preview_interrogation
from tracker.services.readings import record_interrogation
from tracker.services.refills import preview_refill, record_refill
from tracker.services.reviews import record_review
from tracker.web import events, programmes, refills, reviews
from tracker.web.dates import flash_dates
from tracker.web.entries import last_programme, tell_record
from tracker.web.forms import Form
from tracker.web.programme_fields import put_programme
from tracker.web.readings import MOTOR_ANSWERS, put_reading, read_reading
from tracker.web.refill_fields import put_refill, read_refill
from tracker.web.rows import visible_record
from tracker.web.saving import look, open_form, save, seen_version, show_changes

bp = Blueprint("corrections", __name__)
Service = Callable[..., Any]
Looked = tuple[Any, Any]
NOTHING: Looked = (None, None)
FIELDS = {
    "refill": "refills/_fields.html",
    "programme": "programmes/_change.html",
    "reading": "readings/_fields.html",
    "event": "events/_fields.html",
    "event_end": "events/_end_fields.html",
    "review": "reviews/_fields.html",
}
# No date hangs on what isn't here but by its watches: there is nothing to look at beforehand.
PREVIEWS = {
    "refill": "refills/_preview.html",
    "programme": "programmes/_preview.html",
    "reading": "readings/_preview.html",
}


@bp.get("/records/<kind>/<int:record_id>/correct")
def new(kind: str, record_id: int) -> ResponseReturnValue:
    """The record's form as it was filled in."""
    record = visible_record(kind, record_id)
    form = open_form(record.pump)
    _put(form, record)
    return _page(kind, record, form)


@bp.post("/records/<kind>/<int:record_id>/correct")
def create(kind: str, record_id: int) -> ResponseReturnValue:
    """Write a new row that names the old one."""
    record, form = visible_record(kind, record_id), Form(request.form)
    read, service, _look = _acts(record)
    facts = read(form, record.pump)
    reason = form.text("reason", needed="Say why this record is changed.")

    def act() -> None:
        service(
            g.session,
            record.pump,
            facts,
            reason=reason,
            seen_version=seen_version(form),
            replaces=record,
            by=g.staff,
            now=g.now,
        )

    if facts and form.is_right and save(form, act):
        flash_dates(record.pump, "The record is corrected. The old one stays in the history.")
        return redirect(url_for("pumps.show", pump_id=record.pump_id))
    return _page(kind, record, form, looked=_preview(record, form), status=422)


@bp.post("/records/<kind>/<int:record_id>/check")
def check(kind: str, record_id: int) -> ResponseReturnValue:
    """The page again with what follows from the correction; nothing is saved."""
    record, form = visible_record(kind, record_id), Form(request.form)
    if kind not in PREVIEWS:
        abort(404)
    if refills.add_rows(form):
        return _page(kind, record, form)
    looked = _preview(record, form)
    return _page(kind, record, form, looked=looked, status=200 if form.is_right else 422)


@bp.post("/records/<kind>/<int:record_id>/preview")
def preview(kind: str, record_id: int) -> ResponseReturnValue:
    """What follows from the correction, alone: fetched as the nurse types."""
    record, form = visible_record(kind, record_id), Form(request.form)
    if kind not in PREVIEWS:
        abort(404)
    looked = _preview(record, form)
    return render_template(
        PREVIEWS[kind],
        is_alone=True,
        **_shown(kind, record, form),
        **_beside(record, form, looked),
    )


def _preview(record: Any, form: Form) -> Looked:
    """The facts as typed, and what would follow from them in the record's place."""
    reading = Form(form.typed) if form.errors else form
    read, _service, preview_of = _acts(record)
    facts = read(reading, record.pump)
    if facts is None or preview_of is None:
        return NOTHING
    return facts, look(
        reading,
        lambda: preview_of(g.session, record.pump, facts, replaces=record, now=g.now),
    )


@bp.get("/records/<kind>/<int:record_id>/void")
def confirm_void(kind: str, record_id: int) -> ResponseReturnValue:
    """Ask why the record is to be struck out."""
    record = visible_record(kind, record_id)
    return _void_page(kind, record, open_form(record.pump))


@bp.post("/records/<kind>/<int:record_id>/void")
def void(kind: str, record_id: int) -> ResponseReturnValue:
    """Strike the record out; it stays in the history."""
    record, form = visible_record(kind, record_id), Form(request.form)
    reason = form.text("reason", needed="Say why this record is struck out.")
    seen = seen_version(form)
    if form.is_right and save(
        form,
        lambda: corrections.void(
            g.session, record, reason=reason, seen_version=seen, by=g.staff, now=g.now
        ),
    ):
        flash_dates(record.pump, "The record is struck out. It stays in the history.")
        return redirect(url_for("pumps.show", pump_id=record.pump_id))
    return _void_page(kind, record, form, status=422)


def _acts(record: Record) -> tuple[Service, Service, Service | None]:
    """How this kind is read from a form, and the services that write and preview it."""
    if isinstance(record, Event):
        return events.read_event, record_event, None
    if isinstance(record, EventEnd):
        return (lambda form, _: events.read_end(form, record.event)), correct_end, None
    if isinstance(record, Review):
        return reviews.read_review, record_review, None
    if isinstance(record, Refill):
        return partial(read_refill, is_correction=True), record_refill, preview_refill
    if isinstance(record, Programme):
        if record.refill_id is not None:
            abort(404)  # it is corrected with its refill
        return programmes.read_facts, change_dose, preview_dose
    if isinstance(record, Reading):
        return read_reading, record_interrogation, preview_interrogation
    return abort(404)


def _put(form: Form, record: Record) -> None:
    if isinstance(record, Refill):
        put_refill(form, record, corrections.rows_set_with(g.session, record))
    elif isinstance(record, Programme) and record.refill_id is None:
        form.put_moment("effective_at", record.effective_at, record.pump.clinic.zone)
        put_programme(form, record)
    elif isinstance(record, Reading):
        put_reading(form, record)
    elif isinstance(record, Event):
        events.put_event(form, record)
    elif isinstance(record, EventEnd):
        events.put_end(form, record)
    elif isinstance(record, Review):
        reviews.put_review(form, record)
    else:
        abort(404)


def _page(
    kind: str, record: Any, form: Form, *, looked: Looked = NOTHING, status: int = 200
) -> ResponseReturnValue:
    changes = show_changes(form, record.pump)
    asked = refills.form_facts(record.pump, corrects=record) if kind == "refill" else {}
    page = render_template(
        "corrections/correct.html",
        **asked,
        **_beside(record, form, looked),
        **_shown(kind, record, form),
        fields=FIELDS[kind],
        shown=PREVIEWS.get(kind),
        changed=changes,
    )
    return page, status


def _beside(record: Any, form: Form, looked: Looked) -> dict[str, Any]:
    """What the form of this kind of record shows beside what was typed."""
    typed, preview = looked
    facts: dict[str, Any] = {"typed": typed, "preview": preview}
    facts["motor_answers"] = MOTOR_ANSWERS
    if isinstance(record, Refill):
        # what was put in before is beside the point: the row itself is what is being corrected
        return refills.page_facts(record.pump, form) | {"last": None} | facts
    if isinstance(record, Programme):
        return programmes.page_facts(record.pump, form) | facts
    if isinstance(record, Event):
        return facts | {"kinds": events.event_kinds()}
    if isinstance(record, EventEnd):
        needs = record.event.kind in NEEDS_CLINICIAN
        return facts | {"event": record.event, "needs_clinician": needs}
    return facts | {"programme": last_programme(record.pump)}


def _void_page(kind: str, record: Any, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, record.pump)
    shown = _shown(kind, record, form)
    return render_template("corrections/void.html", **shown, changed=changes), status


def _shown(kind: str, record: Any, form: Form) -> dict[str, Any]:
    return {
        "kind": kind,
        "record": record,
        "told": tell_record(record),
        "at": getattr(record, WHEN[type(record)][1]),
        "pump": record.pump,
        "form": form,
        "set_with": isinstance(record, Programme | Bolus) and record.refill_id is not None,
    }
