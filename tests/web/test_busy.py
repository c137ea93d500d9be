"""A database that gives way while somebody saves: it is said, and what was typed comes back."""

import html
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.web.conftest import post, rows
from tracker.models import Patient
from tracker.web.busy import STATUS

TYPED = {
    "mrn": "N-1",
    "family_name": "O'Neil <x>",
    "given_name": 'Åsa "A"',
    "birth_on": "1961-03-12",
}
ONE = sa.select(Patient.id).where(Patient.mrn == TYPED["mrn"])

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def let_go(app: Flask, as_nadia: FlaskClient, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Somebody else writes for longer than a page waits, until this is called."""
    engine = app.extensions["tracker"].engine
    engine.dispose()
    sa.event.listen(engine, "connect", _wait_for_nobody)
    lock = sqlite3.connect(tmp_path / "tracker.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    yield lambda: lock.execute("ROLLBACK")
    lock.close()


def _wait_for_nobody(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA busy_timeout=1").close()


def hidden(page: str) -> dict[str, str]:
    """What the page would send again."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: html.unescape(text) for name, text in found}


def test_what_was_typed_comes_back_and_is_saved_when_it_is_sent_again(
    as_nadia: FlaskClient, session: Session, let_go: Callable[[], Any]
) -> None:
    answer = post(as_nadia, "/patients/new", **TYPED)
    let_go()

    assert answer.status_code == STATUS
    assert int(answer.headers["Retry-After"]) > 0
    assert "Nothing was saved." in answer.text
    assert 'action="/patients/new"' in answer.text
    assert rows(session, ONE) == []
    again = hidden(answer.text)
    assert TYPED.items() <= again.items()
    assert as_nadia.post("/patients/new", data=again).status_code == 302
    assert len(rows(session, ONE)) == 1


@pytest.mark.usefixtures("apart")
def test_a_disk_that_fails_in_the_middle_of_a_save_is_said_with_what_was_typed(
    as_nadia: FlaskClient, app: Flask, session: Session
) -> None:
    """Who asks is known by then, and the page about it asks for nothing more of them."""
    _read_only_at(app, "INSERT INTO patient", count=1)

    answer = post(as_nadia, "/patients/new", **TYPED)

    assert answer.status_code == STATUS
    assert "Nothing was saved." in answer.text
    assert TYPED.items() <= hidden(answer.text).items()
    assert rows(session, ONE) == []


def test_what_was_saved_before_the_database_gave_way_is_not_denied(
    as_nadia: FlaskClient, app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    # what a page reads once it has saved
    monkeypatch.setattr("tracker.web.patients.flash", gone)
    answer = post(as_nadia, "/patients/new", **TYPED)

    assert answer.status_code == STATUS
    assert len(rows(session, ONE)) == 1
    assert "Nothing was saved" not in answer.text
    assert "look whether it is there" in answer.text


def _read_only_at(app: Flask, statement: str, *, count: int) -> None:
    """The disk takes nothing more once this was executed so many times."""
    engine, left = app.extensions["tracker"].engine, [count]

    @sa.event.listens_for(engine, "after_cursor_execute")
    def _fail(connection: sa.Connection, _cursor: Any, executed: str, *_: Any) -> None:
        left[0] -= executed.startswith(statement)
        if left[0] == 0:
            left[0] = -1
            connection.connection.driver_connection.execute("PRAGMA query_only=1").close()


def test_a_password_is_not_sent_back(as_nadia: FlaskClient, let_go: Callable[[], Any]) -> None:
    answer = post(as_nadia, "/confirm", password="correct horse")

    assert answer.status_code == STATUS
    assert "correct horse" not in answer.text
    assert "Nothing was saved." in answer.text


def test_a_page_that_only_reads_waits_for_nobody(
    as_nadia: FlaskClient, let_go: Callable[[], Any]
) -> None:
    assert as_nadia.get("/patients/new").status_code == 200


def test_whether_a_line_that_broke_had_saved_is_not_known_and_is_not_claimed(
    as_nadia: FlaskClient, app: Flask, session: Session
) -> None:
    """What was on its way to the database when the line broke may have arrived."""
    engine = app.extensions["tracker"].engine

    @sa.event.listens_for(engine, "commit")
    def _broken(_connection: Any) -> None:
        sa.event.remove(engine, "commit", _broken)
        raise OperationalError("COMMIT", {}, Exception("gone"), connection_invalidated=True)

    answer = post(as_nadia, "/patients/new", **TYPED)

    assert answer.status_code == STATUS
    assert "Nothing was saved" not in answer.text
    assert "look whether it is there" in answer.text
