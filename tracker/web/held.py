"""A form that came too late is kept, and goes on once its writer has signed in again.

It travels sealed through the sign-in page: whoever sits there meanwhile reads nothing in it.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, g, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.sealing import KeyRing, Unsealable, ring_of
from tracker.services import sessions

LONGEST_HELD = timedelta(hours=1)  # ours: long enough to be called away and come back
# What holds a proof or changes the session itself is typed again; a sheet is chosen again.
NOT_HELD = frozenset({"sign_in", "second_step", "new_password", "confirm", "imports"})
GO_ON = "sign_in.go_on"  # whose form is what was kept, sealed already


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody had sent: where to, and each field."""

    path: str
    fields: list[tuple[str, str]]


def hold_form() -> str:
    """The posted form, sealed; empty where there is none to keep."""
    if request.endpoint == GO_ON:
        return request.form.get("held", "")
    token = cookie.get("_user_id")
    if request.method != "POST" or request.blueprint in NOT_HELD or not token:
        return ""
    staff_id = sessions.whose(g.session, token)
    if staff_id is None or request.files:
        return ""
    fields = [
        [name, text]
        for name, text in MultiDict(request.form).items(multi=True)
        if name != "csrf_token"
    ]
    kept = {
        "staff": staff_id,
        "path": request.full_path.rstrip("?"),
        "fields": fields,
        "at": g.now.isoformat(),
    }
    return _ring().seal(json.dumps(kept))


def held_form(stored: str, staff_id: int) -> Held | None:
    """What `hold_form` kept, if it was this person's and isn't too old."""
    try:
        kept = json.loads(_ring().unseal(stored))
    except Unsealable:
        return None
    at = datetime.fromisoformat(kept["at"])
    if kept["staff"] != staff_id or not timedelta(0) <= g.now - at <= LONGEST_HELD:
        return None
    return Held(kept["path"], [(name, text) for name, text in kept["fields"]])


def go_on(held: Held) -> ResponseReturnValue:
    """A page that sends what was typed when its writer says so."""
    return render_template("sign_in/go_on.html", held=held)


def _ring() -> KeyRing:
    return ring_of(current_app.config["SEALING_KEYS"])
