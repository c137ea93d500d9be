"""The end of a pump: recorded with evidence, confirmed by another, corrected, undone."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Ending, Pump, PumpEnd, Staff
from tracker.services import endings
from tracker.services.end_undoing import undo_end
from tracker.services.pumps import Assurance, end_pump
from tracker.services.second_people import possible_checkers
from tracker.web.confirm import stepped_up
from tracker.web.dates import flash_dates
from tracker.web.entries import last_refill
from tracker.web.forms import Form
from tracker.web.rows import visible_ending, visible_pump
from tracker.web.saving import open_form, save, seen_version, show_changes
from tracker.web.words import words_for

bp = Blueprint("ends", __name__)
WHO_ELSE = "Choose who looks at it as the second person."


@bp.get("/pumps/<int:pump_id>/end")
def new(pump_id: int) -> ResponseReturnValue:
    """Ask for the evidence that this pump is a danger to nobody any more."""
    pump = visible_pump(pump_id)
    return _new_page(pump, open_form(pump))


@bp.post("/pumps/<int:pump_id>/end")
def create(pump_id: int) -> ResponseReturnValue:
    """End the pump and its watches, with evidence; one is left, for the second person."""
    pump, form = visible_pump(pump_id), Form(request.form)
    kind = form.choice("kind", PumpEnd, needed="Say what happened.")
    ended_on = form.day("ended_on", needed="Give the day on which it happened.")
    note = form.text("note", needed="Say what shows it: report, letter, name of the informant.")
    facts: dict[str, Any] = {"kind": kind, "ended_on": ended_on, "note": note}
    facts |= {"assurance": _assurance(form, kind if last_refill(pump) else None)}
    facts |= {"second": _second(form), "seen_version": seen_version(form)}
    if form.is_right and save(
        form, lambda: end_pump(g.session, pump, **facts, by=g.staff, now=g.now)
    ):
        flash("The pump has ended. Its reminders stop; a second person is asked to confirm it.")
        return redirect(url_for("pumps.show", pump_id=pump.id))
    return _new_page(pump, form, status=422)


def _assurance(form: Form, kind: PumpEnd | None) -> Assurance:
    """Who took the patient over, or the plan; what this end needs is asked for all at once.

    `kind` None: the pump was never filled, and holds nothing that could be forgotten.
    """
    gone, out = kind is PumpEnd.TRANSFERRED, kind is PumpEnd.EXPLANTED
    who = "There may be drug in this pump: say who has taken it over, and where."
    on = "Give the day on which they accepted."
    how = "Therapy ends with the pump: say how the drug is weaned, or what gives it instead."
    return Assurance(
        accepted_by=form.text("accepted_by", needed=who if gone else "", longest=200),
        accepted_on=form.day("accepted_on", needed=on if gone else ""),
        plan=form.text("plan", needed=how if out else ""),
    )


def _others() -> list[Staff]:
    return possible_checkers(g.session, g.clinic.id, besides=g.staff.id)


def _second(form: Form) -> Staff | None:
    """Who was chosen; who works alone has nobody to choose."""
    people = {str(one.id): one for one in _others()}
    chosen = form.text("second", needed=WHO_ELSE if people else "", longest=20)
    if chosen and chosen not in people:
        form.refuse("second", WHO_ELSE)
    return people.get(chosen)


def _new_page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    ends = [(one.value, words_for(one)) for one in PumpEnd]
    changes = show_changes(form, pump)
    return _page("ends/new.html", pump, form, status, changed=changes, ends=ends)


@bp.get("/ends/<int:ending_id>")
def show(ending_id: int) -> ResponseReturnValue:
    """One end as it was recorded."""
    return _show_page(visible_ending(ending_id), Form())


@bp.post("/ends/<int:ending_id>/agree")
@stepped_up
def agree(ending_id: int) -> ResponseReturnValue:
    """It was so."""
    return _said(ending_id, Form(request.form), is_agreed=True)


@bp.post("/ends/<int:ending_id>/disagree")
@stepped_up
def disagree(ending_id: int) -> ResponseReturnValue:
    """It was not so; somebody has to settle it, and is told so at once."""
    form = Form(request.form)
    form.text("reason", needed="Say what was otherwise.", longest=300)
    return _said(ending_id, form, is_agreed=False)


def _said(ending_id: int, form: Form, *, is_agreed: bool) -> ResponseReturnValue:
    row = visible_ending(ending_id)
    facts: dict[str, Any] = {"is_agreed": is_agreed, "reason": form["reason"]}
    if not (
        form.is_right
        and save(form, lambda: endings.sign_end(g.session, row, **facts, by=g.staff, now=g.now))
    ):
        return _show_page(visible_ending(ending_id), form, status=422)
    if is_agreed:
        flash("Confirmed, under your name. The pump is watched no more.")
    else:
        flash("It is written down, and those who answer for this pump are told.")
    return redirect(url_for("pumps.show", pump_id=row.pump_id))


def _show_page(row: Ending, form: Form, *, status: int = 200) -> ResponseReturnValue:
    why_not = endings.why_not_mine(g.session, row, g.staff, now=g.now)
    return _page("ends/show.html", row.pump, form, status, told=tell_end(row), why_not=why_not)


@bp.get("/ends/<int:ending_id>/correct")
def amend(ending_id: int) -> ResponseReturnValue:
    """The day and the evidence as they are on record."""
    row = visible_ending(ending_id)
    form = open_form(row.pump)
    form.put("ended_on", row.ended_on.isoformat() if row.ended_on else "")
    form.put("note", row.note)
    form.put("second", row.second_id)
    return _amend_page(row, form)


@bp.post("/ends/<int:ending_id>/correct")
def correct(ending_id: int) -> ResponseReturnValue:
    """Put the day or the evidence right; what stood there before is kept."""
    row, form = visible_ending(ending_id), Form(request.form)
    facts: dict[str, Any] = {
        "ended_on": form.day("ended_on", needed="Give the day on which it happened."),
        "note": form.text("note", needed="Say what shows that the pump has ended."),
        "reason": form.text("reason", needed="Say why it is changed."),
        "second": _second(form),
        "seen_version": seen_version(form),
    }
    if form.is_right and save(
        form, lambda: endings.correct_end(g.session, row, **facts, by=g.staff, now=g.now)
    ):
        flash("The end of the pump is put right. A second person is asked to confirm it.")
        return redirect(url_for("pumps.show", pump_id=row.pump_id))
    return _amend_page(row, form, status=422)


def _amend_page(row: Ending, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, row.pump)
    return _page(
        "ends/correct.html", row.pump, form, status, told=tell_end(row), changed=changes
    )


@bp.get("/ends/<int:ending_id>/undo")
def confirm_undo(ending_id: int) -> ResponseReturnValue:
    """Ask how it is known that the pump has not ended."""
    row = visible_ending(ending_id)
    return _undo_page(row, open_form(row.pump))


@bp.post("/ends/<int:ending_id>/undo")
def undo(ending_id: int) -> ResponseReturnValue:
    """The pump has not ended: all that was closed with it is watched again."""
    row, form = visible_ending(ending_id), Form(request.form)
    reason = form.text("reason", needed="Say how it is known that the pump has not ended.")
    facts: dict[str, Any] = {"reason": reason, "seen_version": seen_version(form)}
    if form.is_right and save(
        form, lambda: undo_end(g.session, row, **facts, by=g.staff, now=g.now)
    ):
        flash_dates(row.pump, "The pump is watched again. Visits that were cancelled stay so.")
        return redirect(url_for("pumps.show", pump_id=row.pump_id))
    return _undo_page(row, form, status=422)


def _undo_page(row: Ending, form: Form, *, status: int = 200) -> ResponseReturnValue:
    changes = show_changes(form, row.pump)
    return _page("ends/undo.html", row.pump, form, status, told=tell_end(row), changed=changes)


def _page(
    template: str, pump: Pump, form: Form, status: int, **shown: Any
) -> ResponseReturnValue:
    seconds = [(one.id, one.name) for one in _others()]
    page = render_template(template, pump=pump, form=form, seconds=seconds, **shown)
    return page, status


def tell_end(row: Ending) -> dict[str, Any]:
    """One end: the row, the newest word of a second person, and whether one is asked for."""
    is_asked = endings.is_asked(g.session, row.pump)
    return {"row": row, "said": endings.newest_sign(g.session, row), "is_asked": is_asked}


def on_pump(pump: Pump) -> list[dict[str, Any]]:
    """All that was recorded of the pump's end, the newest first."""
    return [tell_end(row) for row in reversed(endings.endings_of(g.session, pump.id))]
