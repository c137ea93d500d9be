"""The roof: sessions of a request, safety headers, refusals, and whether the house is alive."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import g

from tracker.clock import utc_now
from tracker.domain.errors import TrackerError
from tracker.models import Heartbeat, Staff


def a_tick(session, *, ago=timedelta(0), faults=()):
    session.add(Heartbeat(ticked_at=utc_now() - ago, host="test", faults=list(faults)))
    session.commit()


class TestHealth:
    def test_promise_alive_or_known_dead_a_scheduler_that_never_ran_is_down(self, client):
        answer = client.get("/health")

        assert answer.status_code == 503
        assert answer.json == {"status": "down", "reasons": ["The scheduler has never run."]}

    def test_promise_alive_or_known_dead_a_fresh_tick_is_up(self, client, session):
        a_tick(session)

        answer = client.get("/health")

        assert (answer.status_code, answer.json["status"]) == (200, "ok")

    def test_promise_alive_or_known_dead_a_stale_tick_is_down(self, client, session):
        a_tick(session, ago=timedelta(seconds=240))

        assert client.get("/health").status_code == 503

    def test_a_tick_that_failed_in_part_is_down_with_its_reason(self, client, session):
        a_tick(session, faults=["climb: it broke"])

        assert client.get("/health").json["reasons"] == [
            "The last tick failed in part: climb: it broke"
        ]

    def test_a_tick_in_the_future_is_a_wrong_clock(self, client, session):
        a_tick(session, ago=timedelta(days=-1))

        assert "clock" in client.get("/health").json["reasons"][0]

    def test_a_database_that_is_gone_is_down(self, app, client, database_url):
        with app.extensions["tracker"].engine.begin() as connection:
            cascade = "" if database_url.startswith("sqlite") else " CASCADE"
            connection.exec_driver_sql(f"DROP TABLE heartbeat{cascade}")

        answer = client.get("/health")

        assert answer.json == {"status": "down", "reasons": ["The database can't be read."]}


@pytest.fixture
def view(app):
    """Hangs a view on the app that runs what it is given; needs no login."""
    app.before_request_funcs.clear()

    def hang(function, **options):
        app.add_url_rule("/test", "test", function, **options)
        return app.test_client()

    return hang


def test_a_refusal_is_a_sentence_not_a_fault(view):
    def refuse():
        raise TrackerError("40 mL does not fit <20 mL>.")

    answer = view(refuse).get("/test")

    assert answer.status_code == 422
    assert "40 mL does not fit &lt;20 mL&gt;." in answer.text


def test_a_fault_says_nothing_of_its_inside(view, app):
    def fail():
        raise RuntimeError("secret")

    app.testing = False
    answer = view(fail).get("/test")

    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_what_is_not_committed_is_gone_after_the_request(view, session):
    def forget():
        g.session.add(Staff(email="a@b", name="A", session_token="t", created_at=utc_now()))
        g.session.flush()
        return "done"

    view(forget, methods=["POST"]).post("/test")

    assert session.scalar(sa.select(sa.func.count(Staff.id))) == 0


def test_a_request_that_asks_for_no_session_opens_none(view):
    seen = []

    def look():
        seen.append(g.get("session"))
        return "done"

    view(look).get("/test")

    assert seen == [None]
