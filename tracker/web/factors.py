"""Setting up and taking away what is asked for besides the password."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request
from flask import url_for as to
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from segno import make_qr

from tracker.models import How
from tracker.services import authenticators, factors, passkeys, recovery_codes
from tracker.web.challenges import ask_passkey, site, take_challenge
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form

bp = Blueprint("factors", __name__)
DOT = 5  # pixels; ours: what a telephone reads from an arm's length


@bp.post("/account/authenticator/start")
@stepped_up
def start() -> ResponseReturnValue:
    """Make a secret, which is shown next."""
    authenticators.begin(g.session, g.staff, now=g.now)
    g.session.commit()
    return redirect(to("factors.authenticator"))


@bp.get("/account/authenticator")
@stepped_up
def authenticator() -> ResponseReturnValue:
    """Show the secret until a code of it was typed."""
    return _authenticator(Form(), status=200)


@bp.post("/account/authenticator")
@stepped_up
def confirm() -> ResponseReturnValue:
    """Take the first code: from now on one is asked for at each sign-in."""
    form = Form(request.form)
    code = form.text("code", needed="Type the code that the app shows.", longest=20)
    if form.is_right and not authenticators.confirm(g.session, g.staff, code, now=g.now):
        form.refuse("code", "This is not the code. Check the clock of your telephone.")
    if not form.is_right:
        return _authenticator(form, status=422)
    return _first_factor(How.TOTP, "From now on you are asked for a code when you sign in.")


@bp.post("/account/authenticator/remove")
@stepped_up
def remove_authenticator() -> ResponseReturnValue:
    """Take the authenticator away."""
    authenticators.remove(g.session, g.staff, now=g.now)
    factors.tidy(g.session, g.staff)
    g.session.commit()
    flash("The authenticator is taken away.")
    return redirect(to("account.show"))


@bp.post("/account/recovery-codes")
@stepped_up
def renew_codes() -> ResponseReturnValue:
    """Make ten new codes; the old ones open nothing any more."""
    if not factors.factors_of(g.session, g.staff).are_there:
        abort(404)
    codes = recovery_codes.renew(g.session, g.staff, now=g.now)
    g.session.commit()
    return _codes(codes, "The old codes open nothing any more.")


@bp.get("/account/passkeys/new")
@stepped_up
def new_passkey() -> ResponseReturnValue:
    """Ask for the name of a new passkey."""
    return _new_passkey(Form(), status=200)


@bp.post("/account/passkeys/options")
@stepped_up
def passkey_options() -> ResponseReturnValue:
    """What the browser needs to make one."""
    return ask_passkey("create", passkeys.creation_options(g.session, g.staff, site()))


@bp.post("/account/passkeys")
@stepped_up
def create_passkey() -> ResponseReturnValue:
    """Keep a new passkey."""
    form = Form(request.form)
    name = form.text("name", needed="Give it a name to know it by.", longest=80)
    if form.is_right:
        try:
            passkeys.register(
                g.session,
                g.staff,
                form["credential"],
                challenge=take_challenge("create"),
                site=site(),
                name=name,
                now=g.now,
            )
        except passkeys.PasskeyRefused as refused:
            g.session.rollback()
            form.refuse("form", refused.message)
    if not form.is_right:
        return _new_passkey(form, status=422)
    return _first_factor(How.PASSKEY, "The passkey is kept. You can sign in with it.")


@bp.post("/account/passkeys/<int:number>/remove")
@stepped_up
def remove_passkey(number: int) -> ResponseReturnValue:
    """Forget a passkey."""
    if not passkeys.remove(g.session, g.staff, number, now=g.now):
        abort(404)
    factors.tidy(g.session, g.staff)
    g.session.commit()
    flash("The passkey opens nothing here any more.")
    return redirect(to("account.show"))


def _first_factor(how: How, sentence: str) -> ResponseReturnValue:
    """A factor is there: this session has proven it, and recovery codes are shown once."""
    if g.signed_in.sign_in.how is How.PASSWORD:
        g.signed_in.sign_in.how = how
    codes = factors.first_codes(g.session, g.staff, now=g.now)
    g.session.commit()
    if codes:
        return _codes(codes, sentence)
    flash(sentence)
    return redirect(to("account.show"))


def _codes(codes: list[str], sentence: str) -> ResponseReturnValue:
    return render_template("account/codes.html", codes=codes, sentence=sentence)


def _authenticator(form: Form, *, status: int) -> ResponseReturnValue:
    secret = authenticators.waiting_secret(g.session, g.staff)
    if secret is None:
        return redirect(to("account.show"))
    code = make_qr(authenticators.address_of(secret, g.staff), error="m")
    drawn = code.svg_inline(scale=DOT, dark="#000", light="#fff")
    picture = Markup(drawn)  # nosec B704 - drawn here, of our own letters
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    page = render_template(
        "account/authenticator.html", form=form, picture=picture, groups=groups
    )
    return page, status


def _new_passkey(form: Form, *, status: int) -> ResponseReturnValue:
    return render_template("account/passkey.html", form=form), status
