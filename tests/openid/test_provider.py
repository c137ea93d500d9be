"""What is believed of a provider, over a real line to one that signs whatever it is told to."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.openid import provider as making
from tests.openid.conftest import NOW, sign_in
from tests.openid.provider import CLIENT
from tracker.openid.provider import Client, Declined, OutOfReach, Provider, an_attempt
from tracker.openid.tokens import NotBelieved


def test_who_signs_in_is_known_by_issuer_and_subject(ours, house):
    identity = sign_in(ours, house)

    assert (identity.issuer, identity.subject) == (house.issuer, "subject-1")
    assert (identity.email, identity.is_email_verified) == ("nadia@example.org", True)
    assert identity.proved_at == NOW


def test_the_code_is_redeemed_with_our_login_and_what_only_we_know(ours, house):
    sign_in(ours, house)

    path, sent = house.asked[-1]
    assert path == "/token"
    assert sent["grant_type"] == "authorization_code"
    assert sent["redirect_uri"] == "https://pumps.example/back"
    assert len(sent["code_verifier"]) >= 43  # RFC 7636
    assert house.logins[-1].startswith("Basic ")


def test_the_browser_is_sent_with_all_that_binds_the_answer_to_it(ours, house):
    attempt = an_attempt(proved_since=NOW)

    address = ours.address(attempt, now=NOW)

    asked = making.parse_qs(making.urlsplit(address).query)
    assert address.startswith(f"{house.issuer}/auth?")
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid email"]
    assert asked["prompt"] == ["login"]
    assert asked["max_age"] == ["0"]
    assert attempt.verifier not in address
    assert attempt.state != attempt.nonce != attempt.verifier


@pytest.mark.parametrize("state", ["", "of another", "ä"])
def test_an_answer_to_another_question_is_not_even_redeemed(ours, house, state):
    with pytest.raises(NotBelieved):
        sign_in(ours, house, state=state)

    assert "/token" not in [path for path, _ in house.asked]


def test_an_answer_of_another_provider_is_not_redeemed(ours, house):
    with pytest.raises(NotBelieved):
        sign_in(ours, house, iss="https://elsewhere.example")

    house.facts = {"authorization_response_iss_parameter_supported": True}
    fresh = Provider(replace(ours._client))
    with pytest.raises(NotBelieved):
        sign_in(fresh, house)
    assert sign_in(fresh, house, iss=house.issuer).subject == "subject-1"


def test_what_the_provider_declines_is_told_by_its_word(ours, house):
    with pytest.raises(Declined, match="access_denied"):
        sign_in(ours, house, error="access_denied", error_description="<b>secret</b>")
    with pytest.raises(Declined):
        sign_in(ours, house, code="")
    house.answer, house.status = {"error": "invalid_grant"}, 400
    with pytest.raises(Declined, match="invalid_grant"):
        sign_in(ours, house)


@pytest.mark.parametrize("answer", [[], "x", {}, {"id_token": 7}, {"access_token": "t"}, b"<"])
def test_an_answer_without_a_token_lets_nobody_in(ours, house, answer):
    house.answer = answer

    with pytest.raises((NotBelieved, OutOfReach)):
        sign_in(ours, house)


@pytest.mark.parametrize("status", [302, 500, 503])
def test_a_provider_in_trouble_is_said(ours, house, status):
    house.answer, house.status = {"error": "x"} if status == 302 else {}, status

    with pytest.raises((OutOfReach, Declined)):
        sign_in(ours, house)
    assert "/elsewhere" not in [path for path, _ in house.asked]


@pytest.mark.parametrize(
    "facts",
    [
        {"issuer": "https://elsewhere.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"jwks_uri": "ftp://127.0.0.1/"},
        {"jwks_uri": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://me:mine@127.0.0.1/"},
        {"jwks_uri": "https://169.254.169.254/"},
        {"jwks_uri": "https://10.0.0.1/"},
        {"jwks_uri": "https://localhost/"},
    ],
    ids=str,
)
def test_a_provider_that_names_what_can_not_be_is_not_asked(ours, house, facts):
    house.facts = facts
    began = time.monotonic()

    with pytest.raises(OutOfReach):
        sign_in(ours, house)
    assert time.monotonic() - began < 2  # it was not even tried


def test_what_a_provider_names_besides_is_not_inside_the_house(ours, house):
    house.facts = {
        "jwks_uri": f"http://localhost:{house.port}/jwks"
    }  # its own, by another name

    with pytest.raises(OutOfReach):
        sign_in(ours, house)
    assert "/jwks" not in [path for path, _ in house.asked]


def test_a_dead_provider_is_not_waited_for_by_each_who_asks():
    ours = Provider(Client("http://127.0.0.1:9", CLIENT, "https://pumps.example/back"))

    for after in (0, 14, 16):
        with pytest.raises(OutOfReach):
            ours.address(an_attempt(proved_since=None), now=NOW + timedelta(seconds=after))
    assert ours._failed_at == NOW + timedelta(seconds=16)


def test_an_address_that_stands_elsewhere_is_asked_for_there(ours, house):
    house.claims = {"email": None, "email_verified": None}
    house.userinfo = {"sub": "subject-1", "email": "Nadia@Example.org", "email_verified": True}

    identity = sign_in(ours, house)

    assert (identity.email, identity.is_email_verified) == ("nadia@example.org", True)
    assert house.logins[-1] == "Bearer t"


@pytest.mark.parametrize("said", [{"sub": "subject-2", "email": "x@example.org"}, [], {}])
def test_an_address_of_somebody_else_is_not_believed(ours, house, said):
    house.claims = {"email": None}
    house.userinfo = said

    with pytest.raises(NotBelieved):
        sign_in(ours, house)
