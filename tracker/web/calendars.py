"""Calendars that programs look at by themselves: who holds the address, holds the secret.

No login: Outlook, Google and the rest can show none. So it tells numbers and dates alone, ends,
and is revoked like any token. What is wrong with an address is never said: it is not there.
"""

import hashlib

from flask import Blueprint, Response, current_app, g, request
from flask.typing import ResponseReturnValue

from tracker.interop import ics
from tracker.models import ApiToken
from tracker.services import calendars, tokens
from tracker.services.trail import SEEN

bp = Blueprint("calendars", __name__)


@bp.get("/calendar/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """The calendar of this token; 304 where who asks has it already."""
    found = tokens.find_token(g.session, token, now=g.now)
    if found is None or found.scope not in calendars.CALENDARS:
        # no page: it would lead on from an address that is a secret
        return Response("There is nothing at this address.\n", 404, mimetype="text/plain")
    g.clinic, g.token = found.clinic, found  # the trail names the token, and whose it is
    entries, patients = calendars.entries(g.session, found, now=g.now)
    g.session.info[SEEN].update(patients)
    house = str(current_app.config["PUBLIC_URL"])
    body = ics.calendar(_name(found), found.clinic.timezone, house, entries)
    if tokens.is_use_old(found, now=g.now):
        note_use(found.id)
    answer = Response(body, mimetype=ics.MIMETYPE)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(hashlib.sha256(body).hexdigest())
    return answer.make_conditional(request)


def _name(token: ApiToken) -> str:
    """Two of one person must be told from each other in their list."""
    return f"Pumps - {token.clinic.name} - {token.name}"


def note_use(token_id: int) -> None:
    """In a session of its own: who only reads may not write in theirs."""
    with current_app.extensions["tracker"].open_session(readonly=False) as session:
        tokens.note_use(session, token_id, now=g.now)
        session.commit()
