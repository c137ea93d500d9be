"""The API: the open watches of the token's clinic, worst first, without names."""

from typing import Any

from flask import Blueprint, g, jsonify, request
from flask.typing import ResponseReturnValue

from tracker.api.description import DESCRIPTION
from tracker.api.gate import open_gate, problem
from tracker.domain.ranking import read_key, write_key
from tracker.services.boards import BoardFilters, BoardRow, board_rows
from tracker.services.trail import SEEN

bp = Blueprint("api", __name__, url_prefix="/api/v1")
bp.before_request(open_gate)
PAGE = 100  # ours


@bp.get("/board")
def board() -> ResponseReturnValue:
    """Who runs dry when; `next` is what to ask with `after` for the page that follows."""
    after, typed = None, request.args.get("after")
    if typed is not None and (after := read_key(typed)) is None:
        return problem(400, "`after` is not what `next` said.")
    found = board_rows(
        g.session, g.clinic, BoardFilters(), after=after, limit=PAGE + 1, now=g.now
    )
    page = found[:PAGE]
    g.session.info[SEEN].update(row.patient_id for row in page if row.patient_id is not None)
    return jsonify(
        as_of=g.now.isoformat(),
        watches=[_shown(row) for row in page],
        next=write_key(page[-1].key) if len(found) > PAGE else None,
    )


@bp.get("/openapi.json")
def describe() -> ResponseReturnValue:
    """What there is here, as OpenAPI has it."""
    return jsonify(DESCRIPTION)


def _shown(row: BoardRow) -> dict[str, Any]:
    """The MRN and no name: a list on a screen in a corridor needs none."""
    moments = {
        name: at.isoformat() if (at := getattr(row, name)) else None
        for name in ("danger_at", "dry_at", "next_action_at", "visit_at", "doubt_since")
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
