"""The screen on the wall by an address that holds a token, as calendars have one.

It is read only, ends with its token, and whatever is wrong with the address is never said.
"""

from flask import Blueprint, Response, g
from flask.typing import ResponseReturnValue

from tracker.models import Scope
from tracker.services import tokens
from tracker.web.calendars import note_use
from tracker.web.wall import renew, screen

bp = Blueprint("wall_by_address", __name__)
bp.after_request(renew)


@bp.get("/wall/<token>")
def show(token: str) -> ResponseReturnValue:
    """The screen of the token's clinic, until the token ends."""
    found = tokens.find_token(g.session, token, now=g.now)
    if found is None or found.scope is not Scope.READ_WALL:
        return Response("There is nothing at this address.\n", 404, mimetype="text/plain")
    g.clinic, g.token = found.clinic, found  # the trail names the token, and whose it is
    g.today = g.now.astimezone(g.clinic.zone).date()
    answer = screen()
    if tokens.is_use_old(found, now=g.now):
        note_use(found.id)
    return answer
