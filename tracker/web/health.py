"""GET /health: 200 while the watch is kept, 503 with the reasons when it isn't. No login."""

from datetime import datetime

from flask import Blueprint, current_app, g, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tracker.clock import utc_now
from tracker.domain.errors import TrackerError
from tracker.models import Heartbeat

bp = Blueprint("health", __name__)


@bp.get("/health")
def show() -> ResponseReturnValue:
    try:
        reasons = problems(
            g.session,
            stale_seconds=current_app.config["SCHEDULER_STALE_SECONDS"],
            now=utc_now(),
        )
    except TrackerError as refused:
        reasons = [refused.message]
    except SQLAlchemyError:
        current_app.logger.exception("health: the database can't be read")
        reasons = ["The database can't be read."]
    if reasons:
        return jsonify(status="down", reasons=reasons), 503
    return jsonify(status="ok", reasons=[])


def problems(session: Session, *, stale_seconds: int, now: datetime) -> list[str]:
    """Why nobody should rely on the watch at this moment; empty when it is kept."""
    last = session.scalar(select(Heartbeat).order_by(Heartbeat.id.desc()).limit(1))
    if last is None:
        return ["The scheduler has never run."]
    age = int((now - last.ticked_at).total_seconds())
    found = []
    if age > stale_seconds:
        found.append(f"The scheduler's last tick was {age} seconds ago.")
    if age < -stale_seconds:
        found.append("The scheduler's last tick lies in the future: a clock is wrong.")
    found += [f"The last tick failed in part: {fault}" for fault in last.faults]
    return found
