"""Choosing a password: by the link of an invitation, or with the old one."""

from collections.abc import Callable, Sequence

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.errors import TrackerError
from tracker.services import invitations, passwords, sign_in, trials
from tracker.web.forms import Form
from tracker.web.saving import save
from tracker.web.signed_in import prove_again
from tracker.web.trying import may_try, refused_status, was_right

bp = Blueprint("new_password", __name__)


@bp.get("/welcome/<token>")
def welcome(token: str) -> ResponseReturnValue:
    """Ask for the password that somebody invited wants; opening the link uses nothing up."""
    return _welcome(token, Form(), status=200)


@bp.post("/welcome/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Set it; the link is used up."""
    form = Form(request.form)
    try:
        staff = invitations.invited(g.session, token, now=g.now)
    except invitations.NoInvitation:
        return _no_invitation()
    hashed = _read(form, passwords.words_about(g.session, staff))
    if hashed is None or not save(form, _accepting(token, hashed)):
        return _welcome(token, form, status=422)
    flash("Your password is set. Sign in with it.")
    return redirect(url_for("sign_in.new"))


@bp.get("/account/password")
def edit() -> ResponseReturnValue:
    """Ask for the old password and the new one."""
    return _edit(Form(), status=200)


@bp.post("/account/password")
def update() -> ResponseReturnValue:
    """Change it; every other browser is signed out."""
    form, mine = Form(request.form), g.signed_in.sign_in
    counts = trials.counts_of_a_session(mine.id)
    if not may_try(form, counts):
        return _edit(form, status=refused_status())
    cost = current_app.config["PASSWORD_COST"]
    if not sign_in.is_password_of(g.staff, form["old_password"], cost=cost):
        form.refuse("old_password", "This is not your password.")
        return _edit(form, status=422)
    was_right(counts)
    hashed = _read(form, passwords.words_about(g.session, g.staff))
    if hashed is None:
        return _edit(form, status=422)
    passwords.replace(g.session, g.staff, hashed, now=g.now, keep=mine)
    prove_again()
    flash("Your password is changed; every other browser is signed out.")
    return redirect(url_for("account.show"))


def _read(form: Form, words: Sequence[str]) -> str | None:
    """The hash of the new password, or None with the reason beside its field."""
    try:
        passwords.check_new(form["password"], words)
    except TrackerError as refused:
        form.refuse_error(refused)
    if form["password"] != form["again"]:
        form.refuse("again", "The two are not the same: type the new password twice.")
    g.session.commit()  # nobody waits for the lock while a hash is made
    if not form.is_right:
        return None
    return sign_in.hash_password(form["password"], cost=current_app.config["PASSWORD_COST"])


def _accepting(token: str, hashed: str) -> Callable[[], object]:
    return lambda: invitations.accept(g.session, token, hashed, now=g.now)


def _welcome(token: str, form: Form, *, status: int) -> ResponseReturnValue:
    try:
        staff = invitations.invited(g.session, token, now=g.now)
    except invitations.NoInvitation:
        return _no_invitation()
    return render_template("account/welcome.html", form=form, name=staff.name), status


def _no_invitation() -> ResponseReturnValue:
    sentence = "It was used already, or is older than three days. Ask for another one."
    title = "This link opens nothing any more"
    return render_template("errors/page.html", title=title, sentence=sentence), 404


def _edit(form: Form, *, status: int) -> ResponseReturnValue:
    return render_template("account/password.html", form=form), status
