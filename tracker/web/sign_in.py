"""Sign in and sign out."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from tracker.services import sign_in
from tracker.web.forms import Form
from tracker.web.request import Arriving
from tracker.web.ways_in import takes_password

bp = Blueprint("sign_in", __name__)
WRONG = "E-mail and password don't belong together. Check both and try again."


@bp.get("/sign-in")
def new() -> ResponseReturnValue:
    """The sign-in form."""
    if current_user.is_authenticated:
        return redirect(url_for("board.index"))
    return render_template(
        "sign_in/new.html", form=Form({"next": request.args.get("next", "")})
    )


@bp.post("/sign-in")
def create() -> ResponseReturnValue:
    """Let somebody in whose e-mail and password belong together and who has a clinic."""
    form = Form(request.form)
    email = form.text("email", needed="Give your e-mail address.")
    if not form["password"]:
        form.refuse("password", "Give your password.")
    staff = None
    if form.is_right:
        cost = current_app.config.get("PASSWORD_COST")
        staff = sign_in.check_password(g.session, email, form["password"], cost=cost)
        is_closed = staff is not None and not takes_password(staff)
        if staff is None or is_closed or not sign_in.has_clinic(g.session, staff):
            form.refuse("email", WRONG)
    if staff is None or not form.is_right:
        return render_template("sign_in/new.html", form=form), 422
    cookie.clear()
    login_user(Arriving(staff))
    cookie.permanent = True
    return redirect(local_path(form["next"]) or url_for("board.index"))


@bp.post("/sign-out")
def end() -> ResponseReturnValue:
    """End every session of whoever signs out: a cookie that was kept opens nothing."""
    g.staff.session_token = sign_in.new_token()
    g.session.commit()
    logout_user()
    cookie.clear()
    flash("You are signed out.")
    return redirect(url_for("sign_in.new"))


def local_path(wanted: str) -> str | None:
    """`wanted` if it is a path of this site; an address elsewhere would be a trap."""
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or not wanted.startswith("/"):
        return None
    if wanted.startswith("//") or "\\" in wanted or any(ord(c) < 32 for c in wanted):
        return None
    return wanted
