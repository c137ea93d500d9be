"""What a payer was asked for a pump's refills, and what they said."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.orders import PayerStep
from tracker.models import Authorisation, Pump
from tracker.services import supply_lists
from tracker.services.authorisations import PayerFacts, record_authorisation
from tracker.services.supplies import payers_of
from tracker.web.forms import Form
from tracker.web.rows import visible_pump
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("authorisations", __name__)
MOST_REFILLS = 99  # ours: more than two years of weekly refills


@bp.get("/pumps/<int:pump_id>/authorisations")
def show(pump_id: int) -> ResponseReturnValue:
    """What is on record, and a form for what comes next, or to correct one of them."""
    pump = visible_pump(pump_id)
    return _page(pump, _begun(_corrected(pump, request.args.get("replaces", ""))))


@bp.post("/pumps/<int:pump_id>/authorisations")
def record(pump_id: int) -> ResponseReturnValue:
    """Write down what was asked or answered."""
    pump, form = visible_pump(pump_id), Form(request.form)
    facts, replaces = _read(form), _corrected(pump, form["replaces"])

    def act() -> None:
        assert facts is not None
        record_authorisation(g.session, pump, facts, replaces=replaces, by=g.staff, now=g.now)

    if not (facts and save(form, act)):
        return _page(visible_pump(pump_id), form, status=422)
    flash("It is recorded.")
    return redirect(url_for("authorisations.show", pump_id=pump_id))


def _corrected(pump: Pump, typed: str) -> Authorisation | None:
    """The record that is corrected, by its number: one of this pump."""
    if not typed:
        return None
    found = {str(one.id): one for one in payers_of(g.session, pump.id)}
    return found.get(typed) or abort(404)


def _begun(row: Authorisation | None) -> Form:
    form = Form({"happened_on": g.today.isoformat()})
    if row is not None:
        form.put("replaces", row.id)
        for name in PayerFacts.__slots__:
            form.put(name, getattr(row, name))
    return form


def _read(form: Form) -> PayerFacts | None:
    step = form.choice("step", PayerStep, needed="Say what happened.")
    happened_on = form.day("happened_on", needed="Give the day.")
    payer = form.text("payer", needed="Name the payer.", longest=120)
    number, note = form.text("number", longest=80), form.text("note")
    begins, ends = form.day("valid_from_on"), form.day("valid_until_on")
    refills = form.whole("refills", lowest=1, highest=MOST_REFILLS)
    if step is None or happened_on is None or not form.is_right:
        return None
    return PayerFacts(
        step=step,
        happened_on=happened_on,
        payer=payer,
        number=number,
        valid_from_on=begins,
        valid_until_on=ends,
        refills=refills,
        note=note,
    )


def _page(pump: Pump, form: Form, *, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "authorisations/show.html",
        pump=pump,
        form=form,
        supplied=supply_lists.supplied(g.session, pump, now=g.now),
        steps=[(one.value, words_for(one)) for one in PayerStep],
    )
    return page, status
