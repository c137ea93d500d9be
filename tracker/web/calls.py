"""Telephoning about a watch: whom, by which number, what to ask; and what came of it."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.danger import WatchKind
from tracker.domain.languages import name_of
from tracker.domain.message import Channel
from tracker.domain.silence import CallResult
from tracker.models import Contact, Watch
from tracker.services.bookings import booked_for
from tracker.services.contact_attempts import calls_of, record_call
from tracker.services.promised_calls import about_what
from tracker.services.worklists import calls_by_patient
from tracker.web.board_filters import board_address, clean_view
from tracker.web.call_words import reached_at
from tracker.web.forms import Form
from tracker.web.next_actions import what_to_ask
from tracker.web.rows import visible_watch
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("calls", __name__)
HINT = "A call stops no reminder, closes no watch and takes nobody off the board."
ASKED = (
    "Somebody who is reached has been told, unless another call is promised: that answers a"
    " message that perhaps never came. A right address, or what is agreed where there is none,"
    " is written down at the patient's contacts."
)


@bp.get("/watches/<int:watch_id>/call")
def new(watch_id: int) -> ResponseReturnValue:
    """Whom to reach and what to ask, with the form beside it."""
    watch, form = _about(watch_id), Form()
    form.put_moment("called_at", g.now, g.clinic.zone)
    for name in ("back", "from"):
        form.put(name, request.args.get(name, ""))
    return _page(watch, form)


@bp.post("/watches/<int:watch_id>/calls")
def create(watch_id: int) -> ResponseReturnValue:
    """Write a call down. It ends no danger; it may answer whether somebody was told."""
    opened, form = visible_watch(watch_id), Form(request.form)
    watch = about_what(g.session, opened)
    contact = _chosen(watch, form)
    called = form.text("called", longest=120)
    result = form.choice("result", CallResult, needed="Say what came of it.")
    note = form.text("note", longest=300)
    next_on = form.day("next_call_on")
    called_at = form.moment("called_at", g.clinic.zone)

    def act() -> None:
        assert result is not None
        assert called_at is not None
        record_call(
            g.session, watch, result=result, called=called, contact=contact, note=note,
            called_at=called_at, next_call_on=next_on, by=g.staff, now=g.now,
        )  # fmt: skip

    if not (form.is_right and save(form, act)):
        return _page(_about(watch_id), form), 422
    flash(_what_became(opened, watch))
    if form["from"] == "watch":
        return redirect(url_for("watches.show", watch_id=watch_id))
    return redirect(board_address(form["back"]))


def _what_became(opened: Watch, watch: Watch) -> str:
    """What the call has ended: what it was about, the call that was promised, or nothing."""
    if watch.closed_at is not None:
        return "The call is recorded. The watch has ended."
    if opened.closed_at is not None:
        return "The promised call is recorded. What it was about goes on."
    return "The call is recorded. The watch goes on."


def _about(watch_id: int) -> Watch:
    """What is telephoned about: of a promised call the watch for whose sake it was promised."""
    return about_what(g.session, visible_watch(watch_id))


def _chosen(watch: Watch, form: Form) -> Contact | None:
    """Who was telephoned, of those on record; None for somebody else, or where it is wrong."""
    typed = form["contact_id"]
    if typed in ("", "other"):
        return None
    found = next((one for one in phones_of(watch) if str(one.id) == typed), None)
    if found is None:
        field = "contact_id" if phones_of(watch) else "called"
        form.refuse(field, "Choose who was called.")
    return found


def phones_of(watch: Watch) -> list[Contact]:
    """The numbers on record, the patient's own first."""
    if watch.pump is None:
        return []
    numbers = [one for one in watch.pump.patient.contacts if one.channel is Channel.SMS]
    return sorted(numbers, key=lambda one: (one.relation != "patient", one.id))


def _page(watch: Watch, form: Form) -> str:
    patient = watch.pump.patient if watch.pump else None
    form.put("back", clean_view(form["back"]))
    calls: list[Any] = calls_of(g.session, watch)
    if patient is not None:
        calls = calls_by_patient(g.session, g.clinic, [patient.id], now=g.now)[patient.id]
    return render_template(
        "calls/new.html",
        watch=watch,
        patient=patient,
        form=form,
        back=board_address(form["back"]),
        phones=phones_of(watch),
        calls=calls,
        visit=booked_for(g.session, watch.pump_id) if watch.pump_id else None,
        reached=reached_at(calls, g.clinic.zone),
        language=name_of((patient and patient.language) or g.clinic.language),
        hint=ASKED if watch.kind is WatchKind.UNDELIVERABLE else HINT,
        ask=what_to_ask(watch.kind),
        results=[(one.value, words_for(one)) for one in CallResult],
    )
