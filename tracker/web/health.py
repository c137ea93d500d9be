"""GET /health: 200 while the watch is kept, 503 with the reasons when it isn't. No login."""

from flask import Blueprint, current_app, g, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from tracker.domain.errors import TrackerError
from tracker.services import backups
from tracker.services.health import problems
from tracker.web import seen

bp = Blueprint("health", __name__)


@bp.get("/health")
def show() -> ResponseReturnValue:
    """{"status": "ok" or "down", "reasons": [sentences]}."""
    try:
        config = current_app.config
        reasons = problems(
            g.session,
            stale_seconds=config["SCHEDULER_STALE_SECONDS"],
            pings=bool(config["PING_URL"]),
            now=g.now,
        )
    except TrackerError as refused:
        reasons = [refused.message]
    except SQLAlchemyError:
        current_app.logger.exception("health: the database can't be read")
        reasons = ["The database can't be read."]
    reasons += seen.problems()
    said = {"warnings": _about_backups()} if current_app.config["BACKUP_FOLDER"] else {}
    if reasons:
        return jsonify(status="down", reasons=reasons, **said), 503
    return jsonify(status="ok", reasons=[], **said)


def _about_backups() -> list[str]:
    """That the newest is too old: staff are told, and the watch is kept all the same."""
    hours = int(current_app.config["BACKUP_STALE_HOURS"])
    try:
        why = backups.stale(g.session, hours=hours, now=g.now)
    except SQLAlchemyError:
        return []  # said already
    return [why] if why else []
