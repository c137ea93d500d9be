"""The second step of signing in: a code, after the password was right."""

import hashlib
from datetime import datetime, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from tracker.models import How, Staff
from tracker.services import factors, recovery_codes, trials
from tracker.web.arriving import arrive
from tracker.web.challenges import site
from tracker.web.devices import known_device
from tracker.web.forms import Form
from tracker.web.signed_in import let_in
from tracker.web.trying import may_try, refused_status, was_right

bp = Blueprint("second_step", __name__)
VALID = timedelta(minutes=10)  # ours: long enough to look for the telephone
WRONG = "This code is not right, or was used already. Wait for the next one and try again."


def begin(staff: Staff, form: Form) -> ResponseReturnValue:
    """Ask for the second factor; whose password was right is noted in the signed cookie."""
    cookie["half_in"] = {"staff": staff.id, "mark": _mark(staff), "at": g.now.isoformat()}
    kept = Form({"next": form["next"], "held": form["held"]})
    return _page(staff, kept, status=200)


@bp.post("/sign-in/code")
def create() -> ResponseReturnValue:
    """Let somebody in whose code is right."""
    staff = _half_in()
    if staff is None:
        cookie.pop("half_in", None)
        flash("That took too long. Sign in once more.")
        return redirect(url_for("sign_in.new"))
    form = Form(request.form)
    how = _proven(staff, form)
    if how is None:
        return _page(staff, form, status=refused_status())
    let_in(staff, how=how)
    if how is How.RECOVERY:
        left = recovery_codes.left(g.session, staff)
        flash(f"You used a recovery code; {left} are left. Make new ones on your account page.")
    return arrive(staff, form)


def _half_in() -> Staff | None:
    """Whose password was right a moment ago; a password changed meanwhile is none."""
    kept = cookie.get("half_in")
    if not kept or not timedelta(0) <= g.now - datetime.fromisoformat(kept["at"]) <= VALID:
        return None
    staff: Staff | None = g.session.get(Staff, kept["staff"])
    if staff is None or staff.left_at is not None or kept["mark"] != _mark(staff):
        return None
    return staff


def _proven(staff: Staff, form: Form) -> How | None:
    code = form.text("code", needed="Type the code.", longest=60)
    counts = trials.counts_of_a_second_factor(staff.id, known_device(staff))
    if not form.is_right or not may_try(form, counts):
        return None
    how = factors.accepts_code(g.session, staff, code, now=g.now)
    if how is None:
        form.refuse("code", WRONG)
        return None
    was_right(counts)
    return how


def _mark(staff: Staff) -> str:
    return hashlib.sha256(f"half in:{staff.session_token}".encode()).hexdigest()[:16]


def _page(staff: Staff, form: Form, *, status: int) -> ResponseReturnValue:
    has = factors.factors_of(g.session, staff)
    form.typed["code"] = ""  # it changes every half minute
    page = render_template(
        "sign_in/code.html",
        form=form,
        has=has,
        has_passkeys=has.passkeys and site().can_have_passkeys,
    )
    return page, status
