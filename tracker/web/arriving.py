"""Where somebody goes who has just signed in, and what is left of who has signed out."""

from urllib.parse import urlsplit

from flask import flash, make_response, redirect, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from tracker.models import Staff
from tracker.web.devices import remember_device
from tracker.web.forms import Form
from tracker.web.held import go_on, held_form


def arrive(staff: Staff, form: Form) -> ResponseReturnValue:
    """On to what was wanted, for somebody who came in just now; the desk is known to them."""
    return remember_device(make_response(to_what_was_wanted(staff, form)), staff)


def to_what_was_wanted(staff: Staff, form: Form) -> ResponseReturnValue:
    """On to what was asked for, or to the form that came too late."""
    held = held_form(form["held"], staff.id) if form["held"] else None
    if held is not None:
        return go_on(held)
    if form["held"]:
        flash("The form that was open here is gone: it was somebody else's, or too old.")
    return redirect(local_path(form["next"]) or url_for("board.index"))


def leave() -> None:
    """Take everything of a session out of this browser."""
    logout_user()
    cookie.clear()


def local_path(wanted: str) -> str | None:
    """`wanted` if it is a path of this site; an address elsewhere would be a trap."""
    try:
        parts = urlsplit(wanted)
    except ValueError:  # such as "//[", which is no address at all
        return None
    if parts.scheme or parts.netloc or not wanted.startswith("/"):
        return None
    if wanted.startswith("//") or "\\" in wanted or any(ord(c) < 32 for c in wanted):
        return None
    return wanted
