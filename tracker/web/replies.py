"""The inbox: what people answered, unread first, and what was done about it."""

import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.models import Patient, Pump, Reply
from tracker.services.replies import NotHandled, assign, handle, inbox
from tracker.web.forms import Form
from tracker.web.rows import visible
from tracker.web.saving import save

bp = Blueprint("replies", __name__)
PAGE = 40


@bp.get("/inbox")
def index() -> ResponseReturnValue:
    """The clinic's answers, those to be read first."""
    typed = request.args.get("skip", "")
    skip = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 8 else 0
    found = inbox(g.session, g.clinic.id, before=skip, limit=PAGE + 1)
    return render_template(
        "replies/index.html",
        replies=found[:PAGE],
        next_skip=skip + PAGE if len(found) > PAGE else None,
        is_paged=bool(skip),
    )


@bp.get("/inbox/<int:reply_id>")
def show(reply_id: int) -> ResponseReturnValue:
    """One answer, with what may be done about it."""
    return _page(_visible(reply_id), Form())


@bp.post("/inbox/<int:reply_id>/handled")
def mark(reply_id: int) -> ResponseReturnValue:
    """Write down what was done, which ends the watch on the answer."""
    reply, form = _visible(reply_id), Form(request.form)
    how = form.text("how", needed="Say what was done.", longest=300)
    if form.is_right and save(
        form, lambda: handle(g.session, reply, how, by=g.staff, now=g.now)
    ):
        flash("What was done is recorded.")
        return redirect(url_for("replies.index"))
    return _page(_visible(reply_id), form, status=422)


@bp.post("/inbox/<int:reply_id>/patient")
def give(reply_id: int) -> ResponseReturnValue:
    """Say whose answer it is."""
    reply, form = _visible(reply_id), Form(request.form)
    mrn = form.text("mrn", needed="Give the patient's MRN.", longest=40)

    def act() -> None:
        asked = sa.select(Patient).where(Patient.clinic_id == g.clinic.id, Patient.mrn == mrn)
        if (patient := g.session.scalar(asked)) is None:
            raise NotHandled("No patient of this clinic has this MRN.", field="mrn")
        assign(g.session, reply, patient)

    if form.is_right and save(form, act):
        flash("It is recorded whose answer this is.")
        return redirect(url_for("replies.show", reply_id=reply_id))
    return _page(_visible(reply_id), form, status=422)


def _visible(reply_id: int) -> Reply:
    return visible(
        Reply,
        reply_id,
        joinedload(Reply.patient),
        joinedload(Reply.contact),
        joinedload(Reply.handled_by),
    )


def _page(reply: Reply, form: Form, *, status: int = 200) -> ResponseReturnValue:
    asked = sa.select(Pump).where(Pump.patient_id == reply.patient_id, Pump.ended_at.is_(None))
    pumps = g.session.scalars(asked.order_by(Pump.id)).all() if reply.patient_id else []
    return render_template("replies/show.html", reply=reply, pumps=pumps, form=form), status
