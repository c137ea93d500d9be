"""A fresh proof of who sits there: before dangerous acts, and for a hidden screen."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from tracker.models import How, SignIn
from tracker.services import authenticators, passkeys, sessions, sign_in, trials
from tracker.web.arriving import leave, local_path
from tracker.web.challenges import ask_passkey, site, take_challenge
from tracker.web.forms import Form
from tracker.web.held import go_on, held_form, hold_form
from tracker.web.signed_in import prove_again
from tracker.web.trying import may_try, refused_status, was_right

P = ParamSpec("P")

bp = Blueprint("confirm", __name__)
FRESH = timedelta(minutes=5)  # ours: long enough to change three things in a row
WHILE_HIDDEN = frozenset(
    {
        "confirm.show",
        "confirm.create",
        "confirm.options",
        "confirm.hide",
        "confirm.switch",
        "sign_in.end",
    }
)


def stepped_up(
    view: Callable[P, ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """A view that needs a proof of the last minutes; a form that was sent is kept meanwhile."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if g.now - g.signed_in.sign_in.stepped_up_at <= FRESH:
            return view(*args, **kwargs)
        return ask()

    return guarded


def is_hidden() -> bool:
    """Whether nothing of this session may be shown just now."""
    return g.signed_in.sign_in.hidden_at is not None


def ask() -> ResponseReturnValue:
    """Ask for a proof in place of what was asked for, and go on there afterwards."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    return _page(Form({"next": wanted, "held": hold_form()}), status=401)


@bp.get("/confirm")
def show() -> ResponseReturnValue:
    """Ask for a proof."""
    return _page(Form({"next": request.args.get("next", "")}), status=200)


@bp.post("/confirm")
def create() -> ResponseReturnValue:
    """Take the proof, and go on."""
    form, mine = Form(request.form), g.signed_in.sign_in
    if not _is_proven(form, mine):
        status = refused_status()
        said = next(iter(form.errors.values()))
        return (said, status) if form.flag("quiet") else _page(form, status=status)
    prove_again()
    if form.flag("quiet"):
        return "", 204
    held = held_form(form["held"], g.staff.id) if form["held"] else None
    if held is not None:
        return go_on(held)
    return redirect(local_path(form["next"]) or url_for("board.index"))


@bp.post("/confirm/options")
def options() -> ResponseReturnValue:
    """What the browser needs to ask for one of this person's passkeys."""
    known = passkeys.of(g.session, g.staff)
    return ask_passkey("confirm", passkeys.request_options(site(), known))


@bp.post("/hide")
def hide() -> ResponseReturnValue:
    """Show nothing more here until there is a proof; the session goes on."""
    sessions.hide(g.session, g.signed_in.sign_in, now=g.now)
    g.session.commit()
    if request.form.get("quiet") == "yes":
        return "", 204
    return redirect(url_for("confirm.show", next=request.form.get("next", "")))


@bp.post("/switch")
def switch() -> ResponseReturnValue:
    """Sign out, and let the next person sign in at the same place."""
    wanted = local_path(request.form.get("next", ""))
    clinic_id = cookie.get("clinic_id")
    sessions.end(g.session, g.staff, g.signed_in.sign_in.id, now=g.now)
    g.session.commit()
    leave()
    if clinic_id is not None:
        cookie["clinic_id"] = clinic_id
    flash(f"{g.staff.name} is signed out. Who goes on here?")
    return redirect(url_for("sign_in.new", next=wanted))


def _is_proven(form: Form, mine: SignIn) -> bool:
    counts = trials.counts_of_a_session(mine.id)
    if not may_try(form, counts):
        return False
    is_right = _by_passkey(form) if form["credential"] else _by_typing(form["proof"])
    if is_right:
        was_right(counts)
    else:
        form.refuse("proof", "That was not it. Check it and try again.")
    return is_right


def _by_typing(proof: str) -> bool:
    """The password, or a code of the authenticator."""
    code = "".join(proof.split())
    if len(code) == 6 and code.isdecimal():
        return authenticators.accepts(g.session, g.staff, code, now=g.now)
    cost = current_app.config["PASSWORD_COST"]
    return sign_in.is_password_of(g.staff, proof, cost=cost)


def _by_passkey(form: Form) -> bool:
    try:
        challenge = take_challenge("confirm")
        who = passkeys.prove(
            g.session, form["credential"], challenge=challenge, site=site(), now=g.now
        )
    except passkeys.PasskeyRefused as refused:
        form.refuse("proof", refused.message)
        return False
    return bool(who.id == g.staff.id)


def _page(form: Form, *, status: int) -> ResponseReturnValue:
    has_passkeys = site().can_have_passkeys and bool(passkeys.of(g.session, g.staff))
    is_theirs = g.signed_in.sign_in.how is How.SSO  # others may be nobody at the hospital
    page = render_template(
        "sign_in/confirm.html",
        form=form,
        hidden=is_hidden(),
        has_passkeys=has_passkeys,
        by_hospital=is_theirs and bool(current_app.config["OIDC_ISSUER"]),
    )
    return page, status
