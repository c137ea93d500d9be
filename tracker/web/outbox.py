"""The outbox: every message, what became of it and why."""

import sqlalchemy as sa
from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.domain.message import MessageState
from tracker.models import Attempt, DeliveryReport, Message, Pump, Watch
from tracker.web.rows import visible
from tracker.web.words import words_for

bp = Blueprint("outbox", __name__)
PAGE = 40


@bp.get("/outbox")
def index() -> ResponseReturnValue:
    """The clinic's messages, newest first, paged by number."""
    before = request.args.get("before", "")
    state = next((one for one in MessageState if one.value == request.args.get("state")), None)
    query = _messages().order_by(Message.id.desc()).limit(PAGE + 1)
    if before.isdigit() and len(before) < 19:
        query = query.where(Message.id < int(before))
    if state is not None:
        query = query.where(Message.state == state)
    found = list(g.session.scalars(query))
    return render_template(
        "outbox/index.html",
        messages=found[:PAGE],
        next_before=found[PAGE - 1].id if len(found) > PAGE else None,
        state=state,
        states=[(one.value, words_for(one)) for one in MessageState],
        is_paged=bool(before),
    )


@bp.get("/outbox/<int:message_id>")
def show(message_id: int) -> ResponseReturnValue:
    """One message: its text as it was sent, and each attempt."""
    message = visible(Message, message_id, *TOLD)
    attempts = g.session.scalars(
        sa.select(Attempt).where(Attempt.message_id == message.id).order_by(Attempt.id)
    ).all()
    reports = g.session.scalars(
        sa.select(DeliveryReport)
        .where(DeliveryReport.message_id == message.id)
        .order_by(DeliveryReport.id)
    ).all()
    within = sa.select(Message.id).where(Message.leader_id == message.id).order_by(Message.id)
    return render_template(
        "outbox/show.html",
        message=message,
        attempts=attempts,
        reports=reports,
        said_within=g.session.scalars(within).all(),
    )


# What a line about a message says.
TOLD = (
    joinedload(Message.staff),
    joinedload(Message.contact),
    joinedload(Message.watch).joinedload(Watch.pump).joinedload(Pump.patient),
)


def _messages() -> sa.Select[Message]:
    """This clinic's messages, with what a line about one says."""
    return sa.select(Message).where(Message.clinic_id == g.clinic.id).options(*TOLD)
