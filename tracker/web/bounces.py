"""Where a mail server posts the reports on our e-mails. No login: it holds a secret."""

from flask import Blueprint, abort, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue

from tracker.domain.signature import is_same
from tracker.interop.dsn import bounces_in
from tracker.services import bounces

bp = Blueprint("bounces", __name__)


@bp.post("/callbacks/bounce/<token>")
def receive(token: str) -> ResponseReturnValue:
    """{"reports": n, "known": n, "unknown": n, "twice": n}; the body is the raw e-mail."""
    if not is_same(token, str(current_app.config["BOUNCE_TOKEN"])):
        abort(403)
    found = bounces_in(request.get_data())
    heard = [bounces.receive(g.session, one, now=g.now) for one in found]
    g.session.commit()
    counts = {one.value: heard.count(one) for one in bounces.Heard}
    return jsonify(reports=len(found), **counts)
