"""What happens between two refills: recorded on the pump, ended, and counted per clinic."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.calendar import start_of_day
from tracker.domain.events import COMPLICATIONS, RAISES_FLOW, EventKind
from tracker.models import Event, EventEnd, Pump
from tracker.services.events import (
    NEEDS_CLINICIAN,
    EndFacts,
    EventFacts,
    end_event,
    nothing_was_done,
    record_event,
)
from tracker.services.happenings import admissions_of, counted, events_of, unsettled_stay
from tracker.services.outlooks import model_facts
from tracker.web.forms import Form
from tracker.web.rows import visible_pump, visible_record
from tracker.web.saving import open_form, save, seen_version, show_changes
from tracker.web.words import words_for

bp = Blueprint("events", __name__)
PERIOD = timedelta(days=365)  # ours: what a clinic looks back on once a year
DONE = {
    EventKind.MRI: "The scan is recorded. An interrogation is asked for on its day.",
    EventKind.ADMISSION: "The admission is recorded. Nothing is sent to the patient meanwhile;"
    " staff are reminded as before.",
    EventKind.POCKET_FILL: "It is recorded. Staff are being told now.",
}
END_TITLES = {
    EventKind.ADMISSION: "Record the discharge",
    EventKind.POCKET_FILL: "Record the clinician's assessment",
    EventKind.FEVER: "Record the clinician's decision",
    EventKind.FLIGHT: "Record the clinician's decision",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a pump shows of its events."""

    rows: list[tuple[Event, EventEnd | None]]
    admission: Event | None
    unsettled: Event | None  # a stay elsewhere of which nobody knows what was done to the pump
    mri_rule: str
    has_mri: bool
    end_titles: dict[EventKind, str]


def on_pump(pump: Pump) -> Shown:
    """The pump's events, and what its maker says of MRI."""
    rows = events_of(g.session, pump)
    # of the patient, whichever of their pumps it was written down for
    there = admissions_of(g.session, [pump.patient_id]).get(pump.patient_id)
    has_mri = any(one.kind is EventKind.MRI for one, _ in rows)
    return Shown(
        rows, there, unsettled_stay(g.session, pump, rows), mri_rule(pump), has_mri, END_TITLES
    )


def mri_rule(pump: Pump) -> str:
    """The maker's rule for MRI, as the catalogue has it; empty where it has none."""
    return model_facts(pump).text("mri") or ""


@bp.get("/pumps/<int:pump_id>/events/new")
def new(pump_id: int) -> ResponseReturnValue:
    """An empty event; a link may name its kind."""
    pump = visible_pump(pump_id)
    form = open_form(pump)
    if request.args.get("kind") in set(EventKind):
        form.put("kind", request.args["kind"])
    form.put_moment("started_at", g.now, g.clinic.zone)
    return _page(pump, form)


@bp.post("/pumps/<int:pump_id>/events/new")
def create(pump_id: int) -> ResponseReturnValue:
    """Record what happened; its watches open with it."""
    pump, form = visible_pump(pump_id), Form(request.form)
    facts, seen = read_event(form, pump), seen_version(form)
    if facts and save(
        form,
        lambda: record_event(g.session, pump, facts, seen_version=seen, by=g.staff, now=g.now),
    ):
        flash(DONE.get(facts.kind, "It is recorded."))
        return redirect(url_for("pumps.show", pump_id=pump.id))
    return _page(pump, form, status=422)


def read_event(form: Form, pump: Pump) -> EventFacts | None:
    """The event that was typed; None where something is missing or can't be read."""
    kind = form.choice("kind", EventKind, needed="Say what happened.")
    at = form.moment("started_at", pump.clinic.zone)
    place, phone = form.text("place", longest=120), form.text("phone", longest=40)
    note = form.text("note")
    if kind is EventKind.ADMISSION and not place:
        form.refuse("place", "Say in which hospital the patient is.")
    if kind is None or at is None or not form.is_right:
        return None
    return EventFacts(kind=kind, started_at=at, place=place, phone=phone, note=note)


def put_event(form: Form, event: Event) -> None:
    """Fill the fields in from a recorded event."""
    for name in ("kind", "place", "phone", "note"):
        form.put(name, getattr(event, name))
    form.put_moment("started_at", event.started_at, event.pump.clinic.zone)


def event_kinds() -> list[tuple[str, str]]:
    """What can have happened, for the list of choices."""
    return [(one.value, words_for(one)) for one in EventKind]


def _page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, pump)
    page = render_template(
        "events/new.html",
        pump=pump,
        form=form,
        changed=changes,
        kinds=event_kinds(),
        mri_rule=mri_rule(pump),
    )
    return page, status


@bp.get("/events/<int:event_id>/end")
def ask_end(event_id: int) -> ResponseReturnValue:
    """How it ended: an empty form."""
    event = visible_record("event", event_id)
    form = open_form(event.pump)
    form.put_moment("ended_at", g.now, g.clinic.zone)
    return _end_page(event, form)


@bp.post("/events/<int:event_id>/end")
def end(event_id: int) -> ResponseReturnValue:
    """Record the discharge, the assessment, or the decision."""
    event, form = visible_record("event", event_id), Form(request.form)
    facts, seen = read_end(form, event), seen_version(form)
    if facts and save(
        form,
        lambda: end_event(g.session, event, facts, seen_version=seen, by=g.staff, now=g.now),
    ):
        flash("It is recorded.")
        return redirect(url_for("pumps.show", pump_id=event.pump_id))
    return _end_page(event, form, status=422)


def read_end(form: Form, event: Event) -> EndFacts | None:
    """How it ended as typed; None where something is missing or can't be read."""
    at = form.moment("ended_at", event.pump.clinic.zone)
    is_clinicians = event.kind in NEEDS_CLINICIAN
    who, what = ("Say which clinician assessed it.", "Say what was found and decided.")
    decided_by = form.text("decided_by", needed=who if is_clinicians else "", longest=120)
    if event.kind is EventKind.ADMISSION:
        decided_by = _said_of_pump(form)
    note = form.text("note", needed=what if is_clinicians else "")
    if at is None or not form.is_right:
        return None
    return EndFacts(ended_at=at, decided_by=decided_by, note=note)


def put_end(form: Form, end: EventEnd) -> None:
    """Fill the fields in from how it is recorded to have ended."""
    form.put_moment("ended_at", end.ended_at, end.pump.clinic.zone)
    form.put("decided_by", end.decided_by)
    if end.decided_by:
        form.put("done_there", "nothing")
    form.put("note", end.note)


@bp.get("/events/<int:event_id>/nothing-done")
def ask_nothing_done(event_id: int) -> ResponseReturnValue:
    """Who says that the pump was not touched elsewhere: an empty form."""
    event = visible_record("event", event_id)
    return _nothing_page(event, open_form(event.pump))


@bp.post("/events/<int:event_id>/nothing-done")
def say_nothing_done(event_id: int) -> ResponseReturnValue:
    """Record their word; it ends the asking."""
    event, form = visible_record("event", event_id), Form(request.form)
    said_by = form.text("said_by", needed="Say who says so.", longest=120)
    note = form.text("note")

    def act() -> None:
        nothing_was_done(
            g.session, event, said_by=said_by, note=note,
            seen_version=seen_version(form), by=g.staff, now=g.now,
        )  # fmt: skip

    if form.is_right and save(form, act):
        flash("It is recorded.")
        return redirect(url_for("pumps.show", pump_id=event.pump_id))
    return _nothing_page(event, form, status=422)


def _said_of_pump(form: Form) -> str:
    """Who says that nothing was done to the pump there; empty where something may have been."""
    needed = "Say whether anything was done to the pump there."
    if form.text("done_there", needed=needed) != "nothing":
        return ""
    return form.text("decided_by", needed="Say who says so.", longest=120)


def _nothing_page(event: Event, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, event.pump)
    page = render_template(
        "events/nothing_done.html", event=event, pump=event.pump, form=form, changed=changes
    )
    return page, status


def _end_page(event: Event, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, event.pump)
    page = render_template(
        "events/end.html",
        event=event,
        pump=event.pump,
        form=form,
        changed=changes,
        title=END_TITLES.get(event.kind, "Record how it ended"),
        needs_clinician=event.kind in NEEDS_CLINICIAN,
        raises_flow=event.kind in RAISES_FLOW,
    )
    return page, status


@bp.get("/clinic/complications")
def complications() -> ResponseReturnValue:
    """How many of each kind there were in a period, with the list behind each number."""
    form = Form(request.args)
    form.typed.setdefault("until_on", g.today.isoformat())
    form.typed.setdefault("from_on", (g.today - PERIOD).isoformat())
    begins, ends = form.day("from_on"), form.day("until_on")
    if begins and ends and begins > ends:
        form.refuse("until_on", "The last day can't come before the first.")
    groups: list[dict[str, Any]] = []
    if begins and ends and form.is_right:
        groups = _groups(begins, ends)
    status = 200 if form.is_right else 422
    return render_template("events/complications.html", form=form, groups=groups), status


def _groups(begins: date, ends: date) -> list[dict[str, Any]]:
    rows = counted(
        g.session,
        g.clinic.id,
        since=start_of_day(begins, g.clinic.zone),
        until=start_of_day(ends + timedelta(days=1), g.clinic.zone),
    )
    return [
        {"kind": kind, "rows": [(one, end) for one, end in rows if one.kind is kind]}
        for kind in COMPLICATIONS
    ]
