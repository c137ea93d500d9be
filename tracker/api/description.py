"""The API in OpenAPI 3.1, written by hand and held to the real answers by tests/api."""

from collections.abc import Iterable
from typing import Any

from tracker.domain.facts import Rule, WatchKind
from tracker.domain.ladder import Level
from tracker.domain.ranking import KEY
from tracker.domain.risk import RiskClass
from tracker.domain.webhook import EventKind


def _one_of(codes: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [str(one) for one in codes]}


def _or_null(schema: dict[str, Any], about: str) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}], "description": about}


def _all_of(**fields: dict[str, Any]) -> dict[str, Any]:
    """An object that has each of these fields and no other."""
    return {
        "type": "object",
        "required": list(fields),
        "properties": fields,
        "additionalProperties": False,
    }


def _problem(about: str, **more: Any) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": about,
        "content": {"application/problem+json": {"schema": schema}},
        **more,
    }


TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}

# What a webhook is told of a watch as the board tells it; the owner is somebody's name.
SAID_OF_BOTH = (
    *("watch_id", "kind", "pump_id", "mrn", "level", "risk_class", "binding_rule"),
    *("next_action", "danger_at", "dry_at", "next_action_at", "visit_at"),
)
WATCH = _all_of(
    watch_id=NUMBER,
    kind=_one_of(WatchKind),
    pump_id=_or_null(NUMBER, "null: the watch is on the clinic itself"),
    mrn=_or_null(TEXT, "The patient's number. Names are never given."),
    level=_one_of(Level),
    risk_class=_one_of(RiskClass),
    binding_rule=_or_null(_one_of(Rule), "Which rule sets danger_at"),
    next_action=TEXT,
    owner=TEXT,
    danger_at=_or_null(
        MOMENT, "For a refill: refill-by. null: it can't be computed, so look at the pump"
    ),
    dry_at=_or_null(MOMENT, "For a refill: when the reservoir may be empty from"),
    next_action_at=MOMENT,
    visit_at=_or_null(MOMENT, "The visit that is booked"),
    doubt_since=_or_null(
        MOMENT, "An open alarm says that the pump may give no drug since then: act now"
    ),
)
EVENT = _all_of(
    type=_one_of(one for one in EventKind if one is not EventKind.TEST),
    timestamp=MOMENT,
    data=_all_of(
        **{name: WATCH["properties"][name] for name in SAID_OF_BOTH},
        opened_at=MOMENT,
        closed_at=_or_null(MOMENT, "null: it is open"),
        evidence_kind=_or_null(TEXT, "The kind of record that closed it"),
    ),
)
BOARD = _all_of(
    as_of=MOMENT,
    watches={"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/Watch"}},
    next=_or_null(TEXT, "Ask with `after` for the page that follows; null: this is the last"),
)
PROBLEM = _all_of(type=TEXT, title=TEXT, status={"type": "integer"})
ASKING = {
    "name": "after",
    "in": "query",
    "description": "What `next` of the page before said",
    "schema": {"type": "string", "pattern": f"^{KEY}$"},
}
CHALLENGE = {"WWW-Authenticate": {"schema": {"const": "Bearer"}}}

DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Pump refill tracker",
        "version": "1",
        "description": (
            "Administrative tool. Not a medical device. Dates are estimates from data that "
            "clinic staff entered; the pump programmer's printed dates take precedence."
        ),
    },
    "servers": [{"url": "/"}],
    "security": [{"token": []}],
    "paths": {
        "/api/v1/board": {
            "get": {
                "operationId": "board",
                "summary": "The open watches of the token's clinic, worst first",
                "description": "What a token shows is written down with the patients it saw.",
                "parameters": [ASKING],
                "responses": {
                    "200": {
                        "description": "A page of the board",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Board"}
                            }
                        },
                    },
                    "400": _problem("`after` is not what `next` said"),
                    "401": _problem("No token that is valid was shown", headers=CHALLENGE),
                    "403": _problem("The token doesn't open this"),
                },
            }
        },
        "/api/v1/openapi.json": {
            "get": {
                "operationId": "describe",
                "summary": "This description",
                "security": [],
                "responses": {
                    "200": {
                        "description": "OpenAPI 3.1",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
            }
        },
    },
    "webhooks": {
        "watch": {
            "post": {
                "operationId": "webhook",
                "summary": "What an address that an administrator has added is told",
                "description": (
                    "Signed as Standard Webhooks has it, at least once, with one webhook-id. "
                    "A call that tells of nothing has the type webhook.test."
                ),
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Event"}}
                    }
                },
                "responses": {"2XX": {"description": "It is taken. Anything else: again."}},
            }
        }
    },
    "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "schemas": {"Board": BOARD, "Watch": WATCH, "Event": EVENT, "Problem": PROBLEM},
    },
}
