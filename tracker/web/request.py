"""The one gate: who asks, for which clinic, and whether the table of rights lets them in."""

from flask import (
    Flask,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user

from tracker.clock import utc_now
from tracker.models import Heartbeat
from tracker.services.health import problems_of
from tracker.web import confirm, rights
from tracker.web.challenges import site
from tracker.web.forms import Form
from tracker.web.held import hold_form
from tracker.web.open_pages import OPEN
from tracker.web.rows import RowNumber
from tracker.web.signed_in import SignedIn, load_signed_in, must_set_up, note_use

# Open to somebody who has to set a second factor up first.
SETTING_UP = frozenset({"account", "confirm", "factors", "new_password", "sign_in", "static"})


def open_gate() -> ResponseReturnValue | None:
    """Let the request in, or send it to the sign-in page; its rights are settled here."""
    g.now = utc_now()
    if request.endpoint in OPEN:
        return None
    if not current_user.is_authenticated:
        if request.endpoint is None:
            return None  # no such page: said to everybody alike
        return _to_sign_in()
    _enter(current_user._get_current_object())
    if confirm.is_hidden() and request.endpoint not in confirm.WHILE_HIDDEN:
        return confirm.ask()
    if must_set_up() and request.blueprint not in SETTING_UP:
        return redirect(url_for("account.show"))
    if request.endpoint is not None and not rights.may_open(request.endpoint, g.role):
        abort(403)
    return None


def _to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back; a form that was sent waits sealed in the page meanwhile."""
    if held := hold_form():
        form = Form({"held": held})
        has_passkeys = site().can_have_passkeys
        return render_template(
            "sign_in/new.html", form=form, ended=True, has_passkeys=has_passkeys
        ), 401
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.new", next=wanted))


def _enter(signed_in: SignedIn) -> None:
    membership = signed_in.membership_in(session.get("clinic_id"))
    g.signed_in = signed_in
    g.staff = signed_in.staff
    g.clinic = membership.clinic
    g.role = membership.role
    g.today = g.now.astimezone(g.clinic.zone).date()


def timer_problems(heartbeat: Heartbeat | None) -> list[str]:
    """What the banner of every page says, and /health too; empty while the watch is kept."""
    stale_seconds = int(current_app.config["SCHEDULER_STALE_SECONDS"])
    return problems_of(heartbeat, stale_seconds=stale_seconds, now=g.now)


def init_app(app: Flask) -> None:
    """Put the gate before every page."""
    manager = LoginManager(app, add_context_processor=False)
    manager.session_protection = "strong"
    manager.user_loader(load_signed_in)
    app.url_map.converters["int"] = RowNumber
    app.before_request(open_gate)
    app.after_request(note_use)
