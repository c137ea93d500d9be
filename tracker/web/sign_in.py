"""Sign in and sign out."""

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from tracker.models import How, Staff
from tracker.services import sessions, sign_in
from tracker.services.trials import counts_of_a_name, passed
from tracker.web.devices import known_device, remember_device
from tracker.web.forms import Form
from tracker.web.held import go_on, held_form
from tracker.web.signed_in import let_in
from tracker.web.trying import may_try, refused_status

bp = Blueprint("sign_in", __name__)
WRONG = "E-mail and password don't belong together. Check both and try again."


@bp.get("/sign-in")
def new() -> ResponseReturnValue:
    """The sign-in form."""
    if current_user.is_authenticated:
        return redirect(url_for("board.index"))
    return _ask(Form({"next": request.args.get("next", "")}), status=200)


@bp.post("/sign-in")
def create() -> ResponseReturnValue:
    """Let somebody in whose e-mail and password belong together and who has a clinic."""
    form = Form(request.form)
    email = form.text("email", needed="Give your e-mail address.")
    if not form["password"]:
        form.refuse("password", "Give your password.")
    staff = _proven(form, email) if form.is_right else None
    if staff is None:
        return _ask(form, status=refused_status())
    let_in(staff, how=How.PASSWORD)
    return arrive(staff, form)


def _proven(form: Form, email: str) -> Staff | None:
    """Whose password it is; if nobody's, or too early to look, the form says so."""
    staff = sign_in.find(g.session, email)
    counts = counts_of_a_name(email, request.remote_addr or "", known_device(staff))
    if not may_try(form, counts):
        return None
    cost = current_app.config.get("PASSWORD_COST")
    is_right = sign_in.is_password_of(staff, form["password"], cost=cost)
    if staff is None or not is_right or not sign_in.has_clinic(g.session, staff):
        form.refuse("email", WRONG)
        return None
    passed(g.session, counts, now=g.now)
    return staff


@bp.post("/sign-out")
def end() -> ResponseReturnValue:
    """End the session of this browser: a cookie that was kept opens nothing."""
    sessions.end(g.session, g.staff, g.signed_in.sign_in.id, now=g.now)
    g.session.commit()
    leave()
    flash("You are signed out.")
    return redirect(url_for("sign_in.new"))


def arrive(staff: Staff, form: Form) -> ResponseReturnValue:
    """On to what was asked for, or to the form that came too late; the desk is known now."""
    held = held_form(form["held"], staff.id) if form["held"] else None
    if form["held"] and held is None:
        flash("The form that was open here is gone: it was somebody else's, or too old.")
    to = redirect(local_path(form["next"]) or url_for("board.index"))
    return remember_device(make_response(to if held is None else go_on(held)), staff)


def leave() -> None:
    """Take everything of a session out of this browser."""
    logout_user()
    cookie.clear()


def local_path(wanted: str) -> str | None:
    """`wanted` if it is a path of this site; an address elsewhere would be a trap."""
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or not wanted.startswith("/"):
        return None
    if wanted.startswith("//") or "\\" in wanted or any(ord(c) < 32 for c in wanted):
        return None
    return wanted


def _ask(form: Form, *, status: int) -> ResponseReturnValue:
    answer = make_response(render_template("sign_in/new.html", form=form, ended=False), status)
    if status == 429:
        answer.headers["Retry-After"] = str(g.wait_seconds)
    return answer
