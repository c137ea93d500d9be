"""What is arranged for a visit: transport, an interpreter."""

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.visit import Transport
from tracker.services.arrangements import ArrangementFacts, arrange
from tracker.web.appointments import page_of, visible_visit
from tracker.web.forms import Form
from tracker.web.saving import save

bp = Blueprint("arrangements", __name__)


@bp.post("/appointments/<int:appointment_id>/arrangements")
def record(appointment_id: int) -> ResponseReturnValue:
    """Write down what is arranged now."""
    found, form = visible_visit(appointment_id), Form(request.form)
    transport = form.choice("transport", Transport, needed="Say how the patient comes.")
    texts = {
        "transport_by": form.text("transport_by", longest=120),
        "interpreter": form.text("interpreter", longest=60),
        "note": form.text("arranged_note", longest=300),
    }

    def act() -> None:
        assert transport is not None
        facts = ArrangementFacts(
            transport=transport,
            is_interpreter_booked=form.flag("is_interpreter_booked"),
            **texts,
        )
        arrange(g.session, found, facts, by=g.staff, now=g.now)

    if not (form.is_right and save(form, act)):
        return page_of(visible_visit(appointment_id).pump, form, status=422)
    flash("It is written down, and stands on the day list.")
    return redirect(url_for("appointments.show", pump_id=found.pump_id))
