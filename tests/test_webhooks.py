"""Calls over a real line: at least once, signed, slower when refused, and never in the way."""

import json
import re
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from config import ROOT
from tests import http_sink
from tests.faults.ward import asking_staff
from tests.hooks import an_agreed_webhook
from tests.outlets import Listed, into
from tests.riverside import FILLED_AT, riverside
from tracker.domain.retries import GIVEN_UP_AFTER
from tracker.domain.webhook import FAILING, EventState
from tracker.jobs import call_webhooks
from tracker.jobs.rounds import once
from tracker.jobs.webhooks import WebhookJob
from tracker.models import Watch, Webhook, WebhookEvent
from tracker.outward.places import Reach
from tracker.services import webhook_calls
from tracker.services.webhooks import renew_secret, revoke_webhook, tell_test

NOW = FILLED_AT
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def begins_with():
    return riverside


@pytest.fixture
def sink():
    with http_sink.listening() as found:
        yield found


@pytest.fixture
def webhook(session, standing, sink):
    return a_webhook(session, standing, sink)


def a_webhook(session, place, sink, name="board"):
    found = an_agreed_webhook(
        session, place.clinic, name=name, address="https://example.org/", by=place.ito, now=NOW
    )
    found.address = f"{sink.url}/hook/{name}"  # this machine, which no page takes
    session.commit()
    return found


def call(sessions, now=NOW, **facts):
    return call_webhooks(sessions, **{"reach": Reach.ANYWHERE, "timeout": 5, **facts}, now=now)


def events(session):
    asked = sa.select(WebhookEvent).order_by(WebhookEvent.id)
    found = session.scalars(asked.execution_options(populate_existing=True)).all()
    session.commit()
    return found


def is_ours(secret, headers, body, *, at=NOW):
    """What the manual tells the other side to check, run as it stands there."""
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (said,) = re.findall(r"```python\n(import base64.*?)```", manual, re.DOTALL)
    found = {}
    exec(said, found)
    found["time"] = SimpleNamespace(time=at.timestamp)
    return found["is_ours"](secret, headers, body)


def test_what_waits_is_called_out_once_and_the_other_side_can_check_it(
    sessions, session, webhook, sink
):
    assert call(sessions).as_json() == {
        "delivered": 1, "failed": 0, "given_up": 0, "faults": [],
    }  # fmt: skip
    assert call(sessions).delivered == 0

    ((headers, body),) = sink.raw
    assert json.loads(body)["type"] == "webhook.test"
    assert headers["content-type"] == "application/json"
    assert is_ours(webhook.secret, headers, body)
    assert not is_ours(webhook.secret, headers, body + b" ")
    assert not is_ours(webhook.secret, headers, body, at=NOW + HOUR), "played again later"
    (event,) = events(session)
    assert (event.state, event.code, event.tries) == (EventState.DELIVERED, 201, 1)
    assert event.key == headers["webhook-id"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("status", [http_sink.DROP, 500, 410, 301])
def test_a_call_that_is_not_taken_comes_again_with_the_same_id_and_body(
    sessions, session, webhook, sink, status
):
    sink.status = status
    call(sessions)
    assert call(sessions, NOW + MINUTE / 2).failed == 0, "it is left alone for a while"
    sink.status = 204
    assert call(sessions, NOW + MINUTE).delivered == 1

    (_, one), (_, other) = sink.raw
    assert one == other
    assert len({headers["webhook-id"] for headers, _ in sink.raw}) == 1
    assert {path for _, path, _ in sink.asked} == {"/hook/board"}, "nothing is followed"
    session.refresh(webhook)
    assert webhook.failures == 0


def test_who_takes_nothing_for_hours_is_told_to_people_until_it_answers(
    sessions, session, webhook, sink
):
    sink.status, at = 503, NOW
    for _ in range(FAILING):
        assert session.scalars(sa.select(Watch)).all() == []
        session.commit()
        assert call(sessions, at).failed == 1
        session.refresh(webhook)
        at = webhook.next_try_at
        session.commit()

    (watch,) = session.scalars(sa.select(Watch)).all()
    assert watch.kind == "system"
    assert "board (example.org) takes nothing" in watch.explanation["sentence"]
    session.commit()
    sink.status = 200
    assert call(sessions, at).delivered >= 1  # the opening of that watch waits as well
    session.refresh(watch)
    assert (watch.evidence_kind, watch.closed_at) == ("webhook_event", at)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_never_taken_is_given_up_and_holds_up_nothing_else(
    sessions, session, standing, webhook, sink
):
    sink.status = 400
    call(sessions)
    tell_test(session, webhook, now=NOW + HOUR)
    session.commit()
    call(sessions, NOW + HOUR)
    first, second = events(session)
    assert (first.tries, second.tries) == (1, 1), "what was tried least comes first"

    report = call(sessions, NOW + GIVEN_UP_AFTER)
    assert (report.given_up, events(session)[0].state) == (1, EventState.GIVEN_UP)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_address_inside_is_not_called_and_its_page_says_why(
    sessions, session, webhook, sink
):
    webhook.address = f"https://localhost:{sink.port}/hook"
    session.commit()

    assert call(sessions, reach=Reach.OUTSIDE).failed == 1

    assert sink.raw == []
    (event,) = events(session)
    assert (
        event.problem == "the name leads inside the hospital's network, where nothing is sent"
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_tls_nothing_is_sent_outside(sessions, session, webhook, sink):
    WebhookJob(sessions, {"TLS_CERTIFICATES": ""}, clock=lambda: NOW)()  # as the timer does

    assert (sink.raw, events(session)[0].state) == ([], EventState.WAITING)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_after_a_new_secret_both_sign_for_a_day(sessions, session, webhook, sink):
    old, new = webhook.secret, renew_secret(session, webhook, now=NOW)
    later = NOW + 25 * HOUR
    session.commit()
    call(sessions)
    tell_test(session, webhook, now=NOW)
    session.commit()
    call(sessions, later)

    assert [
        [is_ours(one, *raw, at=at) for one in (new, old)]
        for raw, at in zip(sink.raw, (NOW, later), strict=True)
    ] == [[True, True], [True, False]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_revoked_webhook_is_not_called_again(sessions, session, standing, webhook, sink):
    revoke_webhook(session, webhook, by=standing.ito, now=NOW)
    session.commit()

    assert events(session)[0].state is EventState.DROPPED
    assert call(sessions).delivered == 0
    assert sink.raw == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_being_called_when_it_was_revoked_is_not_called_again(
    sessions, session, standing, webhook, sink
):
    with sessions.begin() as dying:
        webhook_calls.claim(dying, webhook.id, now=NOW)
    revoke_webhook(session, webhook, by=standing.ito, now=NOW)
    session.commit()

    call(sessions, NOW + webhook_calls.LEASE)

    assert (sink.raw, events(session)[0].state) == ([], EventState.DROPPED)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_clock_ahead_has_put_off_is_called_once_it_is_set_right(
    sessions, session, webhook, sink
):
    sink.status = 500
    call(sessions, NOW + 48 * HOUR)
    sink.status = 200

    assert call(sessions, NOW).delivered == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_claimed_and_not_sent_is_called_once_the_lease_is_over(
    sessions, session, webhook, sink
):
    with sessions.begin() as dying:
        assert webhook_calls.claim(dying, webhook.id, now=NOW) is not None

    assert call(sessions).delivered == 0
    assert call(sessions, NOW + webhook_calls.LEASE).delivered == 1
    (event,) = events(session)
    assert event.tries == 2


def test_one_that_hangs_holds_up_no_message_and_no_other_webhook(
    sessions, session, standing, sink
):
    with http_sink.listening() as hanging:
        a_webhook(session, standing, hanging, "hanging")
        a_webhook(session, standing, sink, "quick")
        asking_staff(session, 2, now=NOW)
        hanging.status, told = http_sink.HANG, Listed()
        work = threading.Thread(target=lambda: call(sessions))
        work.start()
        while not hanging.raw:
            work.join(0.01)

        once(sessions, into(told), clock=lambda: NOW)

        assert work.is_alive(), "it hangs still"
        subjects = [one.words.subject for one in told.taken]
        assert len([one for one in subjects if "Report of the" not in one]) == 2
        hanging.done.set()
        work.join()
    assert len(sink.raw) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_told_long_ago_is_let_go_of(sessions, session, webhook, sink):
    call(sessions)
    call(sessions, NOW + webhook_calls.KEPT + HOUR)

    assert events(session) == []
    assert session.scalars(sa.select(Webhook.id)).one() == webhook.id
