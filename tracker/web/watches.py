"""One watch on a page of its own: what it says, why, and what comes next."""

import sqlalchemy as sa
from flask import Blueprint, abort, g, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.models import Watch

bp = Blueprint("watches", __name__)


@bp.get("/watches/<int:watch_id>")
def show(watch_id: int) -> ResponseReturnValue:
    """The watch with its cause, its next action and how it ended, if it has."""
    found = (
        sa.select(Watch)
        .where(Watch.id == watch_id, Watch.clinic_id == g.clinic.id)
        .options(joinedload(Watch.owner), joinedload(Watch.pump))
    )
    watch: Watch = g.session.scalar(found) or abort(404)
    return render_template("watches/show.html", watch=watch, causes=causes(watch))


def causes(watch: Watch) -> list[str]:
    """Why the watch is open, in sentences: what is missing, what can't be computed or sent."""
    said = watch.explanation
    one = [said[name] for name in ("sentence", "cannot") if said.get(name)]
    return [*one, *said.get("reasons", [])]
