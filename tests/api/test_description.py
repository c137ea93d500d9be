"""The API is as its description says: each path, each answer, each field."""

import json
from datetime import datetime

import pytest
import sqlalchemy as sa

from tests.api.conftest import NOW, a_token, ask
from tests.hooks import an_agreed_webhook
from tests.riverside import programme_facts
from tracker.api.description import DESCRIPTION
from tracker.models import WebhookEvent
from tracker.services.programmes import change_dose

SCHEMAS = DESCRIPTION["components"]["schemas"]
TYPES = {"string": str, "integer": int, "object": dict, "array": list, "null": type(None)}


def faults(value, schema, at="answer"):
    """Where a value is not as the part of JSON Schema that we use says."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        tried = [faults(value, one, at) for one in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    if type(value) is not TYPES[schema["type"]]:
        return [f"{at}: {value!r} is no {schema['type']}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
        found.append(f"{at}: {value!r} has no zone")
    if schema["type"] == "array":
        for one in value:
            found += faults(one, schema["items"], f"{at}[]")
    if "properties" in schema:
        if set(value) != set(schema["properties"]) or set(value) != set(schema["required"]):
            found.append(f"{at}: {sorted(value)}")
        for name, inner in value.items():
            found += faults(inner, schema["properties"].get(name, {"anyOf": []}), name)
    return found


def answers_of(path, status):
    said = DESCRIPTION["paths"][path]["get"]["responses"][str(status)]
    ((kind, content),) = said["content"].items()
    return kind, content["schema"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_answer_is_as_it_is_described(client, session, here, app):
    token = a_token(session, here)
    told = ask(client, "", "/api/v1/openapi.json")
    assert (told.status_code, told.json) == (200, DESCRIPTION)

    for answer, status in (
        (ask(client, token), 200),
        (ask(client, token, "/api/v1/board?after=1780300800000000~3~1780300800000000~1"), 200),
        (ask(client, token, "/api/v1/board?after=x"), 400),
        (ask(client, "x"), 401),
    ):
        kind, schema = answers_of("/api/v1/board", status)
        assert (answer.status_code, answer.mimetype) == (status, kind)
        assert faults(answer.json, schema) == []
    assert ask(client, token).json["watches"] != []
    for after in ("0~0~~0", "0~14~~999999999", "99999999999999999~5~99999999999999999~1"):
        assert ask(client, token, f"/api/v1/board?after={after}").status_code == 200, after


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_webhook_is_told_is_as_it_is_described(session, here):
    facts = {"name": "b", "address": "https://b.example/", "by": here.nadia, "now": NOW}
    an_agreed_webhook(session, here.clinic, **facts)
    change = {"reason": "test", "by": here.nadia, "now": NOW}
    change_dose(session, here.pump, programme_facts("800", effective_at=NOW), **change)

    told = session.scalars(sa.select(WebhookEvent.body).where(WebhookEvent.watch_id > 0)).all()
    assert told
    assert [faults(json.loads(one), SCHEMAS["Event"]) for one in told] == [[]] * len(told)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_not_there_is_told_to_a_program_as_a_program_reads_it(client, here):
    for answer, status in (
        (client.get("/api/v1/nothing"), 404),
        (client.put("/api/v1/board"), 405),
    ):
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
        assert faults(answer.json, SCHEMAS["Problem"]) == []
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_every_path_of_the_api_is_described_and_no_other(app):
    there = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint[:4] == "api."}

    assert there == set(DESCRIPTION["paths"])
