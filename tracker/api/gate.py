"""Who asks the API: a token, for one clinic and one scope. A cookie opens nothing here."""

import json

from flask import Response, current_app, g, request

from tracker.clock import utc_now
from tracker.models import Scope
from tracker.services import tokens

SCOPES = {"api.board": Scope.READ_BOARD}
OPEN = frozenset({"api.describe"})  # says what there is, and nothing of anybody


def open_gate() -> Response | None:
    """Let the request in, or say what is wrong with it."""
    g.now = utc_now()
    if request.endpoint in OPEN:
        return None
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    found = None
    if kind.lower() == "bearer" and text:
        found = tokens.find_token(g.session, text.strip(), now=g.now)
    if found is None:
        refused = problem(401, "Show a token that is valid.")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    if found.scope is not SCOPES.get(request.endpoint or ""):
        return problem(403, "This token doesn't open that.")
    g.clinic, g.token = found.clinic, found  # the trail names the token, and whose it is
    if tokens.is_use_old(found, now=g.now):
        _note_use(found.id)
    return None


def _note_use(token_id: int) -> None:
    """In a session of its own: who only reads may not write in theirs."""
    with current_app.extensions["tracker"].open_session(readonly=False) as session:
        tokens.note_use(session, token_id, now=g.now)
        session.commit()


def problem(status: int, title: str) -> Response:
    """An error as RFC 9457 has it."""
    said = json.dumps({"type": "about:blank", "title": title, "status": status})
    return Response(said, status, mimetype="application/problem+json")
