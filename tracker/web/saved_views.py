"""Views of the worklist, kept under a name: an address, and never a row or a patient."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.services.saved_views import keep_view, remove_view, views_for
from tracker.web.board_filters import clean_view
from tracker.web.forms import Form
from tracker.web.rights import LEADERS
from tracker.web.rows import visible_view
from tracker.web.saving import save

bp = Blueprint("saved_views", __name__)


@bp.get("/worklist/views")
def index() -> ResponseReturnValue:
    """The views that one may open, and the form to keep the present one."""
    return _page(Form({"view": clean_view(request.query_string.decode())}))


@bp.post("/worklist/views")
def create() -> ResponseReturnValue:
    """Keep a view under a name; a leader may share it with the clinic."""
    form = Form(request.form)
    name = form.text("name", needed="Give it a name.", longest=60)
    query, is_shared = clean_view(form["view"]), form.flag("is_shared")
    if is_shared and g.role not in LEADERS:
        form.refuse("is_shared", "A coordinator or an administrator shares views.")

    def act() -> None:
        keep_view(
            g.session, g.clinic, name=name, query=query, is_shared=is_shared,
            by=g.staff, now=g.now,
        )  # fmt: skip

    if not (form.is_right and save(form, act)):
        return _page(form), 422
    flash("The view is kept. It stands above the board.")
    return redirect(url_for("board.index") + f"?{query}")


@bp.post("/worklist/views/<int:view_id>/remove")
def remove(view_id: int) -> ResponseReturnValue:
    """Let go of a view; what it showed stays on the board."""
    remove_view(g.session, visible_view(view_id))
    g.session.commit()
    flash("The view is removed. Its rows stay on the board.")
    return redirect(url_for("saved_views.index"))


def _page(form: Form) -> str:
    return render_template(
        "saved_views/index.html",
        form=form,
        views=views_for(g.session, g.clinic, g.staff),
        may_share=g.role in LEADERS,
    )
