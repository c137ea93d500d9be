"""The layers that tell when the watching itself has stopped: signal, health, check."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import sqlalchemy as sa

from tests.cast import a_ward
from tests.guarding.conftest import MINUTE
from tests.outlets import over_smtp
from tracker.clock import utc_now
from tracker.jobs import tick
from tracker.jobs.ping import ping
from tracker.jobs.rounds import once
from tracker.models import AddressState, Heartbeat


@contextmanager
def outside(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A dead-man's service: its address, and the calls it has had."""
    calls: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ping/abc", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pinged_at(session):
    found = session.scalar(sa.select(Heartbeat.pinged_at).order_by(Heartbeat.id.desc()))
    session.commit()
    return found


def test_promise_alive_or_known_dead_a_passed_audit_is_told_outside(
    sessions, session, ward, now
):
    with outside() as (url, calls):
        report = tick(sessions, now=now, host="h")
        assert ping(sessions, url, report, now=now)

    assert calls == ["/ping/abc"]
    assert pinged_at(session) == now


def test_promise_alive_or_known_dead_an_audit_that_failed_is_told_to_nobody_outside(
    sessions, session, ward, now
):
    ward.rosa.email_state = AddressState.INVALID
    session.commit()

    with outside() as (url, calls):
        report = tick(sessions, now=now, host="h")
        assert not ping(sessions, url, report, now=now)

    assert report.audit != []
    assert calls == []
    assert pinged_at(session) is None


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_address_that_does_not_take_it_counts_as_not_told(
    sessions, session, ward, now, status
):
    with outside(status) as (url, _calls):
        report = tick(sessions, now=now, host="h")
        assert not ping(sessions, url, report, now=now)

    assert pinged_at(session) is None


def test_an_address_that_is_gone_stops_no_tick(sessions, session, ward, now):
    with outside() as (url, _calls):
        pass  # it is closed now

    once(sessions, over_smtp(1), ping_url=url, clock=lambda: now)

    assert session.scalar(sa.select(sa.func.count(Heartbeat.id))) == 1


def test_somebody_outside_is_told_at_most_once_a_minute(sessions, ward, now):
    with outside() as (url, calls):
        told = []
        for seconds in (0, 10, 50, 60, 119):
            at = now + timedelta(seconds=seconds)
            told.append(ping(sessions, url, tick(sessions, now=at, host="h"), now=at))

    assert told == [True, False, False, True, True]
    assert len(calls) == 3


@pytest.mark.parametrize("address", ["http://[::1", "http://x.invalid:99999/", "http://a..b/"])
def test_an_address_that_is_none_stops_no_tick(sessions, ward, now, address):
    assert not ping(sessions, address, tick(sessions, now=now, host="h"), now=now)


def test_promise_alive_or_known_dead_health_fails_where_nobody_outside_is_told(
    app, client, sessions, session
):
    a_ward(session)
    session.commit()
    app.config["PING_URL"] = "http://outside.example/"
    at = utc_now()

    def health():
        answer = client.get("/health")
        return answer.status_code, answer.json["reasons"]

    first = tick(sessions, now=at - 20 * MINUTE, host="h")
    with outside() as (url, _calls):
        tick(sessions, now=at, host="h")
        never = health()
        ping(sessions, url, first, now=at - 20 * MINUTE)
        long_ago = health()
        ping(sessions, url, tick(sessions, now=at, host="h"), now=at)
        told = health()

    assert never == (503, ["Nobody outside has ever been told that the watch is kept."])
    assert long_ago[0] == 503
    assert "for 20 minutes" in long_ago[1][0]
    assert told == (200, [])


def test_promise_alive_or_known_dead_a_clock_that_jumped_is_said_by_health(
    client, sessions, ward
):
    tick(sessions, now=utc_now() + timedelta(hours=2), host="h")
    tick(sessions, now=utc_now(), host="h")

    answer = client.get("/health")

    assert answer.status_code == 503
    assert "The clock went back" in answer.json["reasons"][0]


@pytest.mark.parametrize(("moment", "calls"), [([], 1), (["--now", "2026-06-01T08:00Z"], 0)])
def test_a_tick_from_cron_tells_somebody_outside_unless_its_moment_is_named(
    app, runner, ward, moment, calls
):
    with outside() as (url, made):
        app.config["PING_URL"] = url
        done = runner.invoke(args=["tick", *moment])

    assert done.exit_code == 0
    assert len(made) == calls


def test_the_command_for_cron_fails_where_nobody_keeps_the_watch(runner, ward):
    done = runner.invoke(args=["watchdog"])

    assert done.exit_code == 1
    assert "never run" in done.output


def test_check_names_each_promise_that_is_broken(runner, sessions, session, ward):
    from tracker.clock import utc_now

    ward.rosa.email_state = AddressState.INVALID
    session.commit()
    tick(sessions, now=utc_now(), host="h")

    done = runner.invoke(args=["check", "--json"])

    facts = json.loads(done.stdout.splitlines()[0])
    assert done.exit_code == 1
    assert any("last_resort" in one for one in facts["problems"])
    assert any("PING_URL" in one for one in facts["warnings"])
