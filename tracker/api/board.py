"""GET /api/v1/board: the open watches of the token's clinic, worst first. No names."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from tracker.api.gate import open_gate, problem
from tracker.services.boards import BoardFilters, BoardRow, board_rows

bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.before_request(open_gate)
PAGE = 100  # ours


@bp.get("/board")
def board() -> ResponseReturnValue:
    """Who runs dry when; `next` is what to ask with `after` for the page that follows."""
    after, typed = None, request.args.get("after")
    if typed is not None and (after := _read(typed)) is None:
        return problem(400, "`after` is not what `next` said.")
    found = board_rows(
        g.session, g.clinic, BoardFilters(), after=after, limit=PAGE + 1, now=g.now
    )
    page = found[:PAGE]
    return jsonify(
        as_of=g.now.isoformat(),
        watches=[_shown(row) for row in page],
        next=_written(page[-1]) if len(found) > PAGE else None,
    )


def _shown(row: BoardRow) -> dict[str, Any]:
    """The MRN and no name: a list on a screen in a corridor needs none."""
    moments = {
        name: at.isoformat() if (at := getattr(row, name)) else None
        for name in ("danger_at", "dry_at", "next_action_at", "visit_at")
    }
    return {
        "watch_id": row.watch_id,
        "kind": row.kind,
        "pump_id": row.pump_id,
        "mrn": row.mrn,
        "level": row.level,
        "risk_class": row.risk_class,
        "binding_rule": row.binding_rule,
        "next_action": row.next_action,
        "owner": row.owner,
        **moments,
    }


def _written(row: BoardRow) -> str:
    at, number = row.key
    return f"{at.isoformat().replace('+00:00', 'Z') if at else ''}~{number}"


def _read(text: str) -> tuple[datetime | None, int] | None:
    at, _, number = text.partition("~")
    if not (number.isascii() and number.isdecimal()) or len(number) > 9:
        return None
    try:
        instant = datetime.fromisoformat(at) if at else None
        if instant is not None and instant.tzinfo is None:
            return None
        return instant and instant.astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        return None
