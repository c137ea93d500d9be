"""The web's cast, seen by a program: what it shows, and how it asks."""

from datetime import timedelta

import pytest

from tests.web.conftest import NOW, _at_the_moment, as_nadia, begins_with, here
from tracker.models import Scope
from tracker.services.tokens import make_token

__all__ = ["_at_the_moment", "as_nadia", "begins_with", "here"]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now_here(monkeypatch):
    monkeypatch.setattr("tracker.api.gate.utc_now", lambda: NOW)


def a_token(session, place, **facts):
    facts = {"name": "screen", "scope": Scope.READ_BOARD, "ends_at": NOW + DAY, **facts}
    text = make_token(session, place.clinic, by=place.nadia, now=NOW, **facts)
    session.commit()
    return text


def ask(client, token, path="/api/v1/board"):
    return client.get(path, headers={"Authorization": f"Bearer {token}"})
