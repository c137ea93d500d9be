"""A browser is remembered with those who signed in with it, by a signed cookie.

It lets nobody in. It only gives them a count of mistakes of their own at this desk, which a
stranger elsewhere can't use up.
"""

import hashlib
import secrets
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from tracker.models import Staff

LONGEST_KNOWN = 180 * 24 * 3600  # seconds; ours: half a year
MOST_PEOPLE = 20  # ours: more than share a desk; a cookie must stay small


def known_device(staff: Staff | None) -> str | None:
    """This browser's number, if `staff` is known to have signed in with it."""
    kept = _kept()
    if staff is None or kept["people"].get(str(staff.id)) != _mark(staff):
        return None
    return str(kept["device"])


def remember_device(response: Response, staff: Staff) -> Response:
    """Let the browser be known to `staff` from now on."""
    kept = _kept()
    others = {who: mark for who, mark in kept["people"].items() if who != str(staff.id)}
    newest = dict([*others.items()][-(MOST_PEOPLE - 1) :])
    kept["people"] = {**newest, str(staff.id): _mark(staff)}
    response.set_cookie(
        _name(),
        _signer().dumps(kept),
        max_age=LONGEST_KNOWN,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


def _kept() -> dict[str, Any]:
    try:
        kept = _signer().loads(request.cookies.get(_name(), ""), max_age=LONGEST_KNOWN)
    except BadData:
        return {"device": secrets.token_hex(8), "people": {}}
    return dict(kept)


def _mark(staff: Staff) -> str:
    """Changes when they sign out everywhere, which makes every desk a strange one again."""
    return hashlib.sha256(f"device:{staff.session_token}".encode()).hexdigest()[:16]


def _name() -> str:
    return "__Host-desk" if current_app.config["SESSION_COOKIE_SECURE"] else "desk"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        str(current_app.config["SECRET_KEY"]),
        salt="known desk",
        signer_kwargs={"digest_method": hashlib.sha256},
    )
