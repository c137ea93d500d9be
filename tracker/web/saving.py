"""Saving what a form says. Refusals come back beside their fields; nothing typed is lost."""

from collections.abc import Callable
from typing import TypeVar

from flask import abort, current_app, g, make_response, render_template, request
from sqlalchemy.exc import IntegrityError

from tracker.domain.errors import ChangedMeanwhile, HandedOver, NeedsReason, TrackerError
from tracker.models import Pump
from tracker.services.histories import recorded_since
from tracker.web.entries import Told, tell
from tracker.web.forms import Form

Seen = TypeVar("Seen")
UNIQUE_VIOLATION = "23505"  # of PostgreSQL
TWO_AT_ONCE = (
    "The same was saved at this very moment, perhaps by this form, sent twice. Look at what is"
    " there before you save again; what you typed is kept."
)
SAY_WHY = "Give the reason, then save again."
# Fields of the facts that stand under another name on the page.
NAMES = {
    "drugs": "drugs-0-drug_code",
    "filled_at": "filled_at_on",
    "effective_at": "effective_at_on",
    "read_at": "read_at_on",
    "started_at": "started_at_on",
    "ended_at": "ended_at_on",
    "reviewed_at": "reviewed_at_on",
    "steps": "steps-0-start",
    "scheduled_at": "scheduled_at_on",
    "theatre_at": "theatre_at_on",
    "owner": "owner_id",
}


def save(form: Form, act: Callable[[], object]) -> bool:
    """Whether `act` went through and is committed; if not, `form` says why."""
    try:
        act()
    except NeedsReason as held:
        form.concerns = held.concerns
        form.refuse("reason", SAY_WHY)
    except HandedOver as gone:
        g.session.rollback()
        form.refuse("form", gone.message)  # its page is another clinic's now
        said = {"title": "Handed over meanwhile", "sentence": gone.message, "form": form}
        abort(make_response(render_template("errors/page.html", **said), 409))
    except ChangedMeanwhile as changed:
        form.is_changed = True
        form.refuse("changed", changed.message)
    except TrackerError as refused:
        form.refuse_error(refused, NAMES)
    except IntegrityError as problem:
        if not _is_there_already(problem):
            raise
        current_app.logger.warning("two at once: %s", request.endpoint)
        form.refuse("form", TWO_AT_ONCE)
    else:
        g.session.commit()
        return True
    g.session.rollback()
    return False


def _is_there_already(problem: IntegrityError) -> bool:
    """Whether another has written at this very moment what only one may: a form sent twice."""
    said = getattr(problem.orig, "sqlstate", "") or str(problem.orig)
    return said == UNIQUE_VIOLATION or said.startswith("UNIQUE constraint failed")


def look(form: Form, act: Callable[[], Seen]) -> Seen | None:
    """What a preview gives, or None with the refusal beside its field."""
    try:
        return act()
    except TrackerError as refused:
        form.refuse_error(refused, NAMES)
        return None


def open_form(pump: Pump, form: Form | None = None) -> Form:
    """A form that remembers which state of the pump it was opened on."""
    form = form or Form()
    form.typed.setdefault("seen_version", str(pump.version))
    return form


def seen_version(form: Form) -> int:
    """The pump's version when the form was opened; -1, which none has, where it isn't said."""
    typed = form["seen_version"]
    return int(typed) if typed.isdecimal() and len(typed) < 10 else -1


def show_changes(form: Form, pump: Pump) -> list[Told] | None:
    """What others recorded since the form was opened; it then stands on the newest state."""
    if not form.is_changed:
        return None
    g.session.refresh(pump)
    entries = recorded_since(g.session, pump, seen_version(form))
    form.put("seen_version", pump.version)
    return [tell(entry) for entry in entries]
