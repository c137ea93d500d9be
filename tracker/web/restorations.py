"""Records that were put back: what is missing, and who says that it is there again."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.backup import what_is_missing
from tracker.models import Restoration
from tracker.services.restorations import LONGEST, confirm, dropped
from tracker.web import rights
from tracker.web.forms import Form
from tracker.web.rows import visible
from tracker.web.saving import save

bp = Blueprint("restorations", __name__)


@bp.get("/restored/<int:restoration_id>")
def show(restoration_id: int) -> ResponseReturnValue:
    """What the records lack, and whom nobody has written to meanwhile."""
    return _page(visible(Restoration, restoration_id), Form())


@bp.post("/restored/<int:restoration_id>")
def create(restoration_id: int) -> ResponseReturnValue:
    """Say that what came after the backup is on record again."""
    row, form = visible(Restoration, restoration_id), Form(request.form)
    needed = "Say what the records were compared with, such as the list of which day."
    compared_with = form.text("compared_with", needed=needed, longest=LONGEST)

    def act() -> None:
        confirm(g.session, row, compared_with=compared_with, by=g.staff, now=g.now)

    if form.is_right and save(form, act):
        flash("It is confirmed. Reminders to patients go out again from now on.")
        return redirect(url_for("board.index"))
    return _page(row, form, status=422)


def _page(row: Restoration, form: Form, *, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "restorations/show.html",
        row=row,
        form=form,
        missing=what_is_missing(row.taken_at, g.clinic.zone),
        may_confirm=rights.may_open("restorations.create", g.role),
        dropped=dropped(g.session, row),
    )
    return page, status
