"""The gate: closed to strangers, to other clinics, and to viewers who would write."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.web.conftest import post, sign_in
from tracker.clock import utc_now
from tracker.models import Heartbeat
from tracker.web.open_pages import OPEN

PUMP_PAGES = (
    "/pumps/{pump}",
    "/pumps/{pump}/refills/new",
    "/pumps/{pump}/programmes/new",
    "/pumps/{pump}/readings/new",
    "/pumps/{pump}/end",
    "/patients/{patient}",
    "/patients/{patient}/pumps/new",
    "/records/refill/{refill}/correct",
    "/records/refill/{refill}/void",
)
READABLE = ("/", "/board/rows", "/patients", "/outbox", "/pumps/{pump}", "/patients/{patient}")
RECORDING = (*PUMP_PAGES[1:5], *PUMP_PAGES[6:], "/patients/new")
POSTED = (
    "/pumps/{pump}/refills/new",
    "/pumps/{pump}/refills/check",
    "/pumps/{pump}/refills/preview",
    "/pumps/{pump}/programmes/new",
    "/pumps/{pump}/programmes/check",
    "/pumps/{pump}/programmes/preview",
    "/pumps/{pump}/readings/new",
    "/pumps/{pump}/end",
    "/patients/{patient}/pumps/new",
    "/records/refill/{refill}/correct",
    "/records/refill/{refill}/void",
)


def test_a_stranger_is_sent_to_the_sign_in_page(client, paths):
    for path in sorted({*PUMP_PAGES, *READABLE, *RECORDING}):
        answer = client.get(paths(path))

        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in?next=")


def test_no_route_is_open_but_the_named_ones(app):
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN:
            continue
        values = {name: "1" for name in rule.arguments}
        path = app.url_map.bind("localhost").build(rule.endpoint, values, method=None)
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            answer = client.open(path, method=method)
            assert answer.status_code == 302, (rule, method)
            assert answer.location.startswith("/sign-in"), (rule, method)


def test_another_clinics_rows_are_not_there(as_sam, paths):
    for path in PUMP_PAGES:
        assert as_sam.get(paths(path)).status_code == 404


def test_nothing_can_be_posted_to_another_clinics_rows(as_sam, paths):
    for path in POSTED:
        assert post(as_sam, paths(path)).status_code == 404


def test_another_clinics_names_stand_on_no_list(as_sam, here):
    for path in ("/", "/patients", "/outbox"):
        assert here.patient.family_name not in as_sam.get(path).text


def test_a_viewer_may_read(as_vera, paths):
    for path in READABLE:
        assert as_vera.get(paths(path)).status_code == 200


def test_a_viewer_gets_no_form(as_vera, paths):
    for path in RECORDING:
        assert as_vera.get(paths(path)).status_code == 403


def test_a_viewer_can_post_nothing(as_vera, paths):
    for path in [*POSTED, "/patients/new"]:
        assert post(as_vera, paths(path)).status_code == 403


def test_a_post_without_the_forms_token_is_refused(as_nadia, paths):
    for path in [*POSTED, "/patients/new", "/sign-out", "/account/clinic"]:
        answer = as_nadia.post(paths(path), data={"note": "x"})

        assert answer.status_code == 400
        assert "Nothing was saved" in answer.text


def test_an_unknown_page_is_said_in_words(as_nadia):
    answer = as_nadia.get("/nowhere")

    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_a_revoked_session_ends_at_once(as_nadia, here, session):
    here.nadia.session_token = "another"
    session.add(here.nadia)
    session.commit()

    assert as_nadia.get("/").status_code == 302


def test_somebody_who_has_left_is_out(as_nadia, here, session):
    here.nadia.left_at = here.nadia.created_at
    session.add(here.nadia)
    session.commit()

    assert as_nadia.get("/").status_code == 302


def test_the_board_costs_four_queries_beside_its_line_in_the_trail(as_nadia, app):
    as_nadia.get("/")  # the first page of an application also looks at the database's version
    statements = []
    engine = app.extensions["tracker"].engine

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _count(_connection, _cursor, statement, *_rest):
        is_trail = "trail_entry" in statement or "advisory" in statement
        if statement.lstrip().upper().startswith("SELECT") and not is_trail:
            statements.append(statement)

    assert as_nadia.get("/").status_code == 200
    assert len(statements) <= 4, statements  # one counts the alarms, by their own index


def test_promise_alive_or_known_dead_every_page_says_that_the_timer_stopped(
    as_nadia, session, paths
):
    assert 'class="stale"' not in as_nadia.get("/").text

    session.execute(sa.delete(Heartbeat))
    session.commit()

    for path in READABLE:
        if path != "/board/rows":
            page = as_nadia.get(paths(path)).text
            assert "The scheduler has never run" in page
            assert '<a href="/emergency-list">' in page


@pytest.mark.parametrize(
    ("ago", "faults", "sentence"),
    [
        pytest.param(timedelta(hours=1), [], "last tick was 60 minutes ago", id="stale"),
        pytest.param(timedelta(hours=-1), [], "lies in the future", id="clock"),
        pytest.param(timedelta(0), ["climb: it broke"], "climb: it broke", id="faults"),
    ],
)
def test_promise_alive_or_known_dead_the_banner_says_what_health_says(
    client, here, session, monkeypatch, ago, faults, sentence
):
    at = utc_now()
    monkeypatch.setattr("tracker.web.request.utc_now", lambda: at)
    sign_in(client, here.nadia.email)
    session.add(Heartbeat(ticked_at=at - ago, host="test", faults=faults))
    session.commit()

    answer = client.get("/health")

    assert answer.status_code == 503
    assert sentence in answer.json["reasons"][0]
    assert sentence in client.get("/").text


def test_every_page_bears_the_notice(as_nadia, paths):
    for path in ("/", "/patients", "/pumps/{pump}", "/nowhere"):
        assert "Not a medical device" in as_nadia.get(paths(path)).text


def test_signing_in_again_after_signing_out(as_nadia, here):
    assert post(as_nadia, "/sign-out").location == "/sign-in"
    assert as_nadia.get("/").status_code == 302

    assert sign_in(as_nadia, here.nadia.email).location == "/"
