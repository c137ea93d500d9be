"""One figure by itself: what it means, a picture, and each case behind it; also as a sheet."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.interop.cells import as_csv
from tracker.web.figure_tables import TABLES
from tracker.web.figure_words import MEANINGS
from tracker.web.figures import days_asked, period_of
from tracker.web.forms import Form

bp = Blueprint("figure_lists", __name__)
MOST = 200  # ours: rows of a page; the sheet has all of them


@bp.get("/clinic/figures/<name>")
def show(name: str) -> ResponseReturnValue:
    """The figure, its definition and its list."""
    form = Form(request.args)
    first, last = days_asked(form)
    if form.is_right:
        form.put("since", first)
        form.put("until", last)
    if name not in TABLES:
        abort(404)
    table = TABLES[name](period_of(first, last))
    return render_template(
        "figures/list.html",
        form=form,
        name=name,
        table=table,
        words=MEANINGS[name],
        rows=table.rows[:MOST],
        first=first,
        last=last,
    )


@bp.get("/clinic/figures/<name>.csv")
def sheet(name: str) -> ResponseReturnValue:
    """The list as a sheet: every case, however many."""
    form = Form(request.args)
    first, last = days_asked(form)
    if name not in TABLES:
        abort(404)
    if not form.is_right:  # a file can't say that it is of another period: the page does
        since, until = form["since"], form["until"]
        return redirect(url_for("figure_lists.show", name=name, since=since, until=until))
    table = TABLES[name](period_of(first, last))
    answer = Response(
        as_csv([table.heads, *(one.cells for one in table.rows)]), mimetype="text/csv"
    )
    file = f"{name}-{first.isoformat()}-{last.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f"attachment; filename={file}"
    return answer
