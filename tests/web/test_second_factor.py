"""A second factor: set up on the account page, and asked for at each sign-in."""

import re
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from tests.web.conftest import NOW, PASSWORD, csrf_token, post, rows, sign_in
from tracker.models import How, SignIn


@pytest.fixture
def at(monkeypatch):
    def move(moment):
        monkeypatch.setattr("tracker.web.request.utc_now", lambda: moment)

    return move


def code_of(secret, moment=NOW):
    return pyotp.TOTP(secret).at(moment)


def set_up(client) -> tuple[str, list[str]]:
    """Set an authenticator up; its secret and the recovery codes."""
    post(client, "/account/authenticator/start")
    page = client.get("/account/authenticator").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    assert "<svg" in page
    assert "style=" not in page
    answer = post(client, "/account/authenticator", code=code_of(secret))
    assert answer.status_code == 200, answer.text
    return secret, re.findall(r"<code>([a-z2-9-]+)</code>", answer.text)


def type_code(client, page, code, **more):
    return client.post(
        "/sign-in/code", data={"code": code, "csrf_token": csrf_token(page), **more}
    )


@pytest.fixture
def armed(as_nadia, app):
    """Nadia has an authenticator; another browser is about to sign in."""
    secret, codes = set_up(as_nadia)
    return app.test_client(), secret, codes


def test_the_password_alone_opens_nothing_any_more(armed, here, at):
    client, secret, codes = armed
    assert len(codes) == 10
    at(NOW + timedelta(minutes=1))

    half = sign_in(client, here.nadia.email, next="/patients")

    assert half.status_code == 200
    assert client.get("/").status_code == 302
    assert type_code(client, half.text, "000000").status_code == 422
    later = code_of(secret, NOW + timedelta(minutes=1))
    assert type_code(client, half.text, later, next="/patients").location == "/patients"
    assert client.get("/").status_code == 200


def test_a_code_is_taken_once(armed, app, here, at):
    client, secret, _ = armed
    at(NOW + timedelta(minutes=1))
    code = code_of(secret, NOW + timedelta(minutes=1))
    other = app.test_client()
    one, two = sign_in(client, here.nadia.email), sign_in(other, here.nadia.email)

    assert type_code(client, one.text, code).status_code == 302
    assert type_code(other, two.text, code).status_code == 422


def test_a_recovery_code_lets_in_once_and_says_how_many_are_left(armed, app, here):
    client, _, codes = armed
    page = sign_in(client, here.nadia.email).text

    assert type_code(client, page, codes[3]).status_code == 302
    assert "9 are left" in client.get("/").text
    again = app.test_client()
    assert type_code(again, sign_in(again, here.nadia.email).text, codes[3]).status_code == 422


def test_guessing_codes_is_slowed(armed, here):
    client, _, _ = armed
    page = sign_in(client, here.nadia.email).text
    answers = [type_code(client, page, f"00000{n}").status_code for n in range(6)]

    assert answers == [422] * 5 + [429]


def test_half_a_sign_in_is_forgotten_after_ten_minutes_and_by_a_new_password(
    armed, here, at, session
):
    client, _, codes = armed
    page = sign_in(client, here.nadia.email).text
    at(NOW + timedelta(minutes=11))
    assert type_code(client, page, codes[0]).location == "/sign-in"

    page = sign_in(client, here.nadia.email).text
    here.nadia.session_token = "another"
    session.add(here.nadia)
    session.commit()
    assert type_code(client, page, codes[0]).location == "/sign-in"


def test_nobody_gets_to_the_second_step_without_the_first(app, armed):
    _, _, codes = armed
    stranger = app.test_client()
    page = stranger.get("/sign-in").text

    assert type_code(stranger, page, codes[0]).location == "/sign-in"


def test_an_authenticator_taken_away_is_asked_for_no_more(as_nadia, app, here):
    set_up(as_nadia)
    assert post(as_nadia, "/account/authenticator/remove").status_code == 302

    assert sign_in(app.test_client(), here.nadia.email).status_code == 302


def test_new_recovery_codes_are_only_for_who_has_a_factor(as_nadia, here):
    assert post(as_nadia, "/account/recovery-codes").status_code == 404
    _, old = set_up(as_nadia)

    page = post(as_nadia, "/account/recovery-codes").text

    assert not set(old) & set(re.findall(r"<code>([a-z2-9-]+)</code>", page))


def test_where_more_than_a_password_is_wanted_nothing_else_opens_before(
    app, client, here, session, paths
):
    app.config["SECOND_FACTOR"] = "everybody"
    sign_in(client, here.vera.email)

    for path in ("/", "/patients", "/pumps/{pump}"):
        assert client.get(paths(path)).location == "/account"
    page = client.get("/account").text
    assert "asks for more than a password" in page
    client.post("/account/authenticator/start", data={"csrf_token": csrf_token(page)})
    page = client.get("/account/authenticator").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    client.post(
        "/account/authenticator",
        data={"csrf_token": csrf_token(page), "code": code_of(secret)},
    )

    assert client.get("/").status_code == 200
    assert rows(session, sa.select(SignIn.how)) == [How.TOTP]


def test_only_administrators_may_be_asked_for_more(app, client, here):
    app.config["SECOND_FACTOR"] = "administrators"

    assert sign_in(client, here.nadia.email).status_code == 302
    assert client.get("/").status_code == 200


def test_a_passkey_that_nobody_asked_for_is_refused(client, here):
    token = csrf_token(client.get("/sign-in").text)
    answer = client.post(
        "/sign-in/passkey", data={"csrf_token": token, "credential": '{"id": "x"}'}
    )

    assert answer.status_code == 422
    assert "took too long" in answer.text


@pytest.mark.parametrize(
    "junk",
    [
        *("", "[]", "{}", "null", '{"id": 7}', "not json", "[" * 100_000),
        *(r'{"id": "\ud800"}', r'{"id": "\u0000"}'),
    ],
)
def test_junk_in_place_of_a_passkey_is_refused(client, here, junk):
    token = csrf_token(client.get("/sign-in").text)
    client.post("/sign-in/passkey/options", data={"csrf_token": token})
    answer = client.post("/sign-in/passkey", data={"csrf_token": token, "credential": junk})

    assert answer.status_code == 422


def test_the_password_is_still_asked_for_before_the_code(armed, here):
    client, _, _ = armed

    assert sign_in(client, here.nadia.email, PASSWORD + "x").status_code == 422
