"""Sessions: a new one at each sign-in, an end when idle, an end at last, and nothing lost."""

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, PASSWORD, csrf_token, post, rows, sign_in
from tracker.models import Patient, SignIn
from tracker.services import sessions

MINUTE = timedelta(minutes=1)


@pytest.fixture
def at(monkeypatch):
    """Moves the present."""

    def move(moment):
        monkeypatch.setattr("tracker.web.request.utc_now", lambda: moment)

    return move


def stays_in(client) -> bool:
    return client.get("/").status_code == 200


def test_each_sign_in_is_a_session_of_its_own_and_the_row_opens_nothing(app, here, session):
    first, second = app.test_client(), app.test_client()
    sign_in(first, here.nadia.email)
    sign_in(second, here.nadia.email)

    one, other = rows(session, sa.select(SignIn).order_by(SignIn.id))

    assert one.token_hash != other.token_hash
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = one.token_hash
    assert not stays_in(thief)
    assert stays_in(first)
    assert stays_in(second)


def test_a_session_ends_when_idle_but_not_while_it_is_used(as_nadia, at):
    at(NOW + 29 * MINUTE)
    assert stays_in(as_nadia)
    at(NOW + 58 * MINUTE)
    assert stays_in(as_nadia)
    at(NOW + 88 * MINUTE)
    assert not stays_in(as_nadia)


def test_a_board_that_refreshes_itself_is_no_use(as_nadia, at):
    for minutes in range(5, 30, 5):
        at(NOW + minutes * MINUTE)
        assert as_nadia.get("/board/rows").status_code == 200
    at(NOW + 30 * MINUTE)

    assert not stays_in(as_nadia)


def test_a_session_ends_after_a_working_day_however_much_it_is_used(as_nadia, at):
    for quarters in range(1, 48):
        at(NOW + quarters * 15 * MINUTE)
        assert stays_in(as_nadia), quarters
    at(NOW + timedelta(hours=12))

    assert not stays_in(as_nadia)


def test_a_form_that_came_after_the_end_is_sent_after_signing_in_again(
    as_nadia, here, session, at
):
    page = as_nadia.get("/patients/new").text
    typed = {
        "family_name": 'O\'Neil & "Sons"',
        "given_name": "Fay",
        "mrn": "H-1",
        "birth_on": "1970-01-01",
        "csrf_token": csrf_token(page),
    }
    at(NOW + 45 * MINUTE)

    late = as_nadia.post("/patients/new", data=typed)

    assert late.status_code == 401
    assert "what you typed is kept" in late.text
    assert "Neil" not in late.text  # whoever sits there now reads nothing
    held = re.search(r'name="held" value="([^"]+)"', late.text)[1]
    wrong = sign_in(as_nadia, here.nadia.email, "not it", held=held)
    assert f'value="{held}"' in wrong.text
    page = sign_in(as_nadia, here.nadia.email, held=held).text
    fields = {
        name: html.unescape(text)
        for name, text in re.findall(r'name="(\w+)" value="([^"]*)"', page)
    }
    assert {**fields, "csrf_token": ""} == {**typed, "csrf_token": ""}
    assert rows(session, sa.select(Patient).where(Patient.mrn == "H-1")) == []
    assert as_nadia.post("/patients/new", data=fields).status_code == 302
    assert len(rows(session, sa.select(Patient).where(Patient.mrn == "H-1"))) == 1


def test_somebody_else_does_not_get_the_form_that_was_left_open(as_nadia, here, at):
    page = as_nadia.get("/patients/new").text
    typed = {"family_name": "Kept", "csrf_token": csrf_token(page)}
    at(NOW + 45 * MINUTE)
    late = as_nadia.post("/patients/new", data=typed)
    held = re.search(r'name="held" value="([^"]+)"', late.text)[1]

    answer = sign_in(as_nadia, here.sam.email, held=held)

    assert (answer.status_code, answer.location) == (302, "/")
    assert "somebody else" in as_nadia.get("/").text


def test_signing_out_everywhere_leaves_only_this_browser(app, as_nadia, here):
    other = app.test_client()
    sign_in(other, here.nadia.email)

    post(as_nadia, "/account/sessions/end")

    assert stays_in(as_nadia)
    assert not stays_in(other)


def test_one_browser_is_signed_out_from_the_list_and_nobody_elses(app, as_nadia, here, session):
    phone, sam = app.test_client(), app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (iPhone) Safari/604.1"
    sign_in(phone, here.nadia.email)
    sign_in(sam, here.sam.email)
    _mine, of_phone, of_sam = rows(session, sa.select(SignIn.id).order_by(SignIn.id))
    assert "Safari on an iPhone" in as_nadia.get("/account").text

    assert post(as_nadia, f"/account/sessions/{of_sam}/end").status_code == 404
    assert post(as_nadia, f"/account/sessions/{of_phone}/end").status_code == 302

    assert not stays_in(phone)
    assert stays_in(sam)
    assert stays_in(as_nadia)


def test_signing_in_again_ends_the_session_that_the_browser_had(client, here, session):
    sign_in(client, here.nadia.email)
    # the form was still open in another tab
    typed = {"email": here.sam.email, "password": PASSWORD}
    token = csrf_token(client.get("/account").text)
    client.post("/sign-in", data={**typed, "csrf_token": token})

    ended = rows(session, sa.select(SignIn.ended_at).order_by(SignIn.id))

    assert [one is None for one in ended] == [False, True]


def test_a_session_begun_while_everything_is_revoked_ends_too(session, here):
    sessions.begin(session, here.nadia, how="password", now=NOW)
    session.commit()
    here.nadia.session_token = "another"
    session.flush()

    assert sessions.open_sessions(session, here.nadia, now=NOW) == []


def test_a_page_is_shown_where_nothing_can_be_written(as_nadia, app, at):
    engine = app.extensions["tracker"].engine

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _refuse(_connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE"):
            raise sa.exc.OperationalError(statement, {}, Exception("the disk is full"))

    at(NOW + 5 * MINUTE)

    assert stays_in(as_nadia)
