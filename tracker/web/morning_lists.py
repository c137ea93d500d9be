"""The emergency list: as it is now, and as it was each morning."""

from pathlib import Path

from flask import Blueprint, Response, abort, g, render_template, send_file
from flask.typing import ResponseReturnValue

from tracker.interop.printouts import emergency_page, emergency_pdf
from tracker.models import MorningList
from tracker.services.morning_lists import emergency_list, newest_lists
from tracker.web.headers import printed
from tracker.web.rows import visible

bp = Blueprint("morning_lists", __name__)
KINDS = {"html": "text/html", "pdf": "application/pdf"}


@bp.get("/emergency-list")
def index() -> ResponseReturnValue:
    """What the list says now, and those of the last mornings."""
    made = emergency_list(g.session, g.clinic, now=g.now)
    lists = newest_lists(g.session, g.clinic)
    return render_template("morning_lists/index.html", made=made, lists=lists)


@bp.get("/emergency-list/now.<kind>")
def now(kind: str) -> ResponseReturnValue:
    """The list of this moment, for the printer."""
    if kind not in KINDS:
        abort(404)
    made = emergency_list(g.session, g.clinic, now=g.now)
    text = emergency_page(made) if kind == "html" else emergency_pdf(made)
    return printed(Response(text, mimetype=KINDS[kind]))


@bp.get("/emergency-list/<int:list_id>.<kind>")
def show(list_id: int, kind: str) -> ResponseReturnValue:
    """The list of one morning as it was written to disk."""
    row = visible(MorningList, list_id)
    if kind not in KINDS:
        abort(404)
    path = Path(row.folder) / f"emergency-list-{row.for_on.isoformat()}.{kind}"
    if not path.is_file():
        abort(404)
    return printed(send_file(path, mimetype=KINDS[kind], conditional=False))
