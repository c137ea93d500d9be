"""Sign in and sign out."""

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
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.models import How, Staff
from tracker.services import passkeys, sessions, sign_in
from tracker.services.factors import factors_of
from tracker.services.trials import counts_of_a_name
from tracker.web import second_step
from tracker.web.arriving import arrive, leave, to_what_was_wanted
from tracker.web.challenges import ask_passkey, site, take_challenge
from tracker.web.devices import known_device
from tracker.web.forms import Form
from tracker.web.signed_in import let_in
from tracker.web.trying import may_try, refused_status, was_right
from tracker.web.ways_in import opens_here

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
    if factors_of(g.session, staff).are_there:
        g.session.commit()
        return second_step.begin(staff, form)
    let_in(staff, how=How.PASSWORD)
    return arrive(staff, form)


@bp.post("/sign-in/passkey/options")
def options() -> ResponseReturnValue:
    """What the browser needs to ask for any passkey of this site."""
    return ask_passkey("sign in", passkeys.request_options(site()))


@bp.post("/sign-in/passkey")
def create_by_passkey() -> ResponseReturnValue:
    """Let somebody in by a passkey alone: it has asked its owner for more than a touch.

    Nobody guesses its answer, so no tries are counted that a stranger could use up.
    """
    form = Form(request.form)
    try:
        challenge = take_challenge("sign in")
        staff = passkeys.prove(
            g.session, form["credential"], challenge=challenge, site=site(), now=g.now
        )
        if not sign_in.has_clinic(g.session, staff):
            raise passkeys.PasskeyRefused("You belong to no clinic here yet.")
        if not opens_here(staff):
            raise passkeys.PasskeyRefused("Please sign in with your hospital account.")
    except passkeys.PasskeyRefused as refused:
        g.session.rollback()
        form.refuse_error(refused)
        return _ask(form, status=422)
    let_in(staff, how=How.PASSKEY)
    return arrive(staff, form)


@bp.post("/sign-in/go-on")
def go_on() -> ResponseReturnValue:
    """What was kept in this tab, for whoever has signed in meanwhile in another.

    It saves nothing, and its page is older than the session, so it brings no form token.
    """
    return to_what_was_wanted(g.staff, Form(request.form))


def _proven(form: Form, email: str) -> Staff | None:
    """Whose password it is; if nobody's, or too early to look, the form says so."""
    staff = sign_in.find(g.session, email)
    counts = counts_of_a_name(email, request.remote_addr or "", known_device(staff))
    if not may_try(form, counts):
        return None
    cost = current_app.config.get("PASSWORD_COST")
    is_right = sign_in.is_password_of(staff, form["password"], cost=cost)
    is_right = is_right and staff is not None and opens_here(staff)
    if staff is None or not is_right or not sign_in.has_clinic(g.session, staff):
        form.refuse("email", WRONG)
        return None
    was_right(counts)
    return staff


@bp.post("/sign-out")
def end() -> ResponseReturnValue:
    """End the session of this browser: a cookie that was kept opens nothing."""
    sessions.end(g.session, g.staff, g.signed_in.sign_in.id, now=g.now)
    g.session.commit()
    leave()
    flash("You are signed out.")
    return redirect(url_for("sign_in.new"))


def _ask(form: Form, *, status: int) -> ResponseReturnValue:
    page = render_template(
        "sign_in/new.html", form=form, ended=False, has_passkeys=site().can_have_passkeys
    )
    answer = make_response(page, status)
    if status == 429:
        answer.headers["Retry-After"] = str(g.wait_seconds)
    return answer
