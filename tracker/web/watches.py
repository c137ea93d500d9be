"""One watch on a page of its own: what it says, why, who has it, and what comes next."""

from datetime import datetime

import sqlalchemy as sa
from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.silence import CannotSilence, SilenceKind
from tracker.models import Message, Watch
from tracker.services import silences
from tracker.services.appointments import booked_for
from tracker.services.assignments import assignments_of
from tracker.services.contact_attempts import calls_of
from tracker.services.kept_back import kept_back
from tracker.services.owners import possible_owners
from tracker.web.evidence_words import evidence_words
from tracker.web.forms import Form
from tracker.web.lost import colleagues_of, lost_by
from tracker.web.rights import may_open
from tracker.web.rows import visible_watch

bp = Blueprint("watches", __name__)
MOST_MESSAGES = 20  # ours: the outbox has them all
DATE_WORDS = {
    WatchKind.REFILL: "Refill-by",
    WatchKind.BATTERY: "Book the surgery by",
    WatchKind.VISIT: "The visit",
    WatchKind.INTERROGATION: "The MRI scan",
    WatchKind.ORDER: "To be done by",
    WatchKind.AUTHORISATION: "To be done by",
    WatchKind.ENDING: "To be confirmed by",
    WatchKind.ALARM: "Answer by",
    WatchKind.MINOR_ALARM: "Answer by",
}


@bp.get("/watches/<int:watch_id>")
def show(watch_id: int) -> ResponseReturnValue:
    """The watch with its cause, its next action, its history and what can be done."""
    return page_of(visible_watch(watch_id), {})


def page_of(watch: Watch, typed: dict[str, Form]) -> str:
    """The page; a form that was refused comes back as it was typed."""
    past = silences.history_of(g.session, watch)
    present = next((one for one in past if one.ended_at is None and one.until > g.now), None)
    forms = {kind.value: _silence_form(watch, kind) for kind in SilenceKind}
    forms |= {"owner": _owner_form(watch)}
    refused = {kind.value: _why_not(watch, kind) for kind in SilenceKind}
    lost = lost_by(watch)
    return render_template(
        "watches/show.html",
        watch=watch,
        date_word=DATE_WORDS.get(watch.kind, "To be settled by"),
        causes=causes(watch),
        because=evidence_words(watch),
        kept=kept_back(g.session, [watch.id]),
        reply_id=watch.explanation.get("reply_id"),
        visit=booked_for(g.session, watch.pump_id) if watch.pump_id else None,
        contacts=watch.pump.patient.contacts if watch.pump else [],
        past=past,
        present=present,
        told=silences.told(present, g.clinic) if present else "",
        calls=calls_of(g.session, watch),
        given=assignments_of(g.session, watch),
        messages=_messages(watch),
        lost=lost,
        colleagues=[] if watch.closed_at else colleagues_of(lost),
        may_mend=may_open("members.show", g.role),
        most_messages=MOST_MESSAGES,
        forms=forms | typed,
        wrong=next(iter(typed.values()), Form()),
        refused=refused,
        latest={kind.value: _latest(watch, kind) for kind in SilenceKind},
        may_report=may_open("incidents.show", g.role),
        owners=[(one.id, one.name) for one in possible_owners(g.session, watch.clinic_id)],
    )


def causes(watch: Watch) -> list[str]:
    """Why the watch is open, in sentences: what is missing, what can't be computed or sent."""
    said = watch.explanation
    one = [said[name] for name in ("sentence", "cannot") if said.get(name)]
    return [*one, *said.get("reasons", [])]


def _latest(watch: Watch, kind: SilenceKind) -> datetime | None:
    try:
        return silences.latest_end(watch, kind, now=g.now)
    except CannotSilence:
        return None


def _why_not(watch: Watch, kind: SilenceKind) -> str:
    try:
        silences.latest_end(watch, kind, now=g.now)
    except CannotSilence as no:
        return no.message
    return ""


def _silence_form(watch: Watch, kind: SilenceKind) -> Form:
    """The latest end that may be asked for, to the minute."""
    form, latest = Form(), _latest(watch, kind)
    if latest is not None:
        form.put_moment(f"{kind}_until", latest, g.clinic.zone)
    return form


def _owner_form(watch: Watch) -> Form:
    form = Form()
    form.put("owner_id", watch.owner_id)
    return form


def _messages(watch: Watch) -> list[Message]:
    asked = (
        sa.select(Message)
        .where(Message.watch_id == watch.id)
        .options(joinedload(Message.staff), joinedload(Message.contact))
        .order_by(Message.id.desc())
        .limit(MOST_MESSAGES)
    )
    return list(g.session.scalars(asked))
