"""Taking a watch in hand from its page, and the page of everything that is silenced."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.silence import SilenceKind
from tracker.services import silences
from tracker.services.assignments import assign
from tracker.services.owners import possible_owners
from tracker.web.forms import Form
from tracker.web.given import unless_here
from tracker.web.rows import visible_watch
from tracker.web.saving import save
from tracker.web.watches import page_of

bp = Blueprint("silences", __name__)


@bp.get("/silences")
def index() -> ResponseReturnValue:
    """Everything silenced in this clinic, the first to end first."""
    rows = silences.silenced(g.session, g.clinic)
    return render_template("silences/index.html", rows=rows)


@bp.post("/watches/<int:watch_id>/silence/<kind>")
def begin(watch_id: int, kind: str) -> ResponseReturnValue:
    """Take the watch in hand, or put it off."""
    if kind not in list(SilenceKind):
        abort(404)
    form = Form(request.form)
    reason = form.text(f"{kind}_reason", needed="Say what you will do, or why.", longest=300)
    until = form.moment(f"{kind}_until", g.clinic.zone)

    def act() -> None:
        assert until is not None
        watch, who = visible_watch(watch_id), g.staff
        if kind == SilenceKind.SNOOZE:
            silences.snooze(g.session, watch, reason=reason, until=until, by=who, now=g.now)
        else:
            silences.acknowledge(g.session, watch, note=reason, until=until, by=who, now=g.now)

    said = "The watch is put off." if kind == SilenceKind.SNOOZE else "You have it in hand."
    return _saved(watch_id, kind, form, act, said)


@bp.post("/watches/<int:watch_id>/silence/end")
def end(watch_id: int) -> ResponseReturnValue:
    """End what quietens the watch, whoever began it."""
    did = silences.end_silence(g.session, visible_watch(watch_id), by=g.staff, now=g.now)
    g.session.commit()
    flash("The silence has ended; the watch speaks again." if did else "It had ended before.")
    back = url_for("silences.index") if request.form.get("back") == "list" else None
    return redirect(back or url_for("watches.show", watch_id=watch_id))


@bp.post("/watches/<int:watch_id>/owner")
def give(watch_id: int) -> ResponseReturnValue:
    """Give the watch to somebody else."""
    form = Form(request.form)
    typed = form.text("owner_id", needed="Choose who answers for it.")
    reason = form.text("owner_reason", needed="Say why it changes hands.", longest=300)
    able = {str(one.id): one for one in possible_owners(g.session, g.clinic.id)}
    if typed and typed not in able:  # whoever it is, their name isn't said
        form.refuse("owner_id", "Choose one of the list.")

    def act() -> None:
        watch, to = visible_watch(watch_id), able[typed]
        assign(g.session, watch, to, reason=reason, by=g.staff, now=g.now)

    said = f"The watch has a new owner. {unless_here(able[typed]) if typed in able else ''}"
    return _saved(watch_id, "owner", form, act, said.strip())


def _saved(
    watch_id: int, part: str, form: Form, act: Callable[[], None], sentence: str
) -> ResponseReturnValue:
    visible_watch(watch_id)
    if form.is_right and save(form, act):
        flash(sentence)
        return redirect(url_for("watches.show", watch_id=watch_id))
    for name in ("reason", "until_on"):  # two forms share a page, and say whose field it is
        if name in form.errors:
            form.refuse(f"{part}_{name}", form.errors.pop(name))
    return page_of(visible_watch(watch_id), {part: form}), 422
