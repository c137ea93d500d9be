"""What is believed of a provider, over a real line to one that signs whatever it is told to."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.openid import provider as making
from tests.openid.provider import CLIENT, EC, NEW, OTHER, RSA, SECRET, SHORT, provider
from tracker.openid.provider import Client, Declined, OutOfReach, Provider, an_attempt
from tracker.openid.tokens import NotBelieved

NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


@pytest.fixture(scope="module")
def served():
    with provider(SECONDS) as house:
        yield house


@pytest.fixture
def house(served):
    """The provider as it is when all is right."""
    fresh = making.House(SECONDS, served.port)
    for name, value in vars(fresh).items():
        setattr(served, name, value)
    return served


@pytest.fixture
def ours(house):
    return Provider(Client(house.issuer, CLIENT, "https://pumps.example/back", SECRET))


def sign_in(ours, house, *, proved_since=None, **answer):
    attempt = an_attempt(proved_since=proved_since)
    address = ours.address(attempt, now=NOW)
    house.agree(address)
    return ours.identify({"code": "a code", "state": attempt.state} | answer, attempt, now=NOW)


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


def test_a_signature_over_a_curve_is_as_good(ours, house):
    house.key = EC

    assert sign_in(ours, house).subject == "subject-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": "another-client", "azp": CLIENT},
        {"aud": [CLIENT, "another-client"]},
        {"azp": "another-client"},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"nonce": ""},
        {"exp": SECONDS - 61},
        {"exp": None},
        {"exp": "never"},
        {"iat": SECONDS + 120},
        {"iat": None},
        {"nbf": SECONDS + 120},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": ["subject-1"]},
        {"at_hash": "of another token"},
    ],
    ids=str,
)
def test_a_token_that_says_anything_else_is_not_believed(ours, house, claims):
    house.claims = claims

    with pytest.raises(NotBelieved):
        sign_in(ours, house)


@pytest.mark.parametrize(
    "forge",
    [
        making.unsigned,
        making.with_the_public_key,
        making.with_a_key_of_its_own,
        making.changed,
        lambda header, claims: "a.b.c",
        lambda header, claims: "",
        lambda header, claims: "....",
    ],
    ids=["none", "hs256", "jwk", "changed", "abc", "empty", "dots"],
)
def test_a_forged_token_is_not_believed(ours, house, forge):
    house.sign = forge

    with pytest.raises(NotBelieved):
        sign_in(ours, house)


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256"])
def test_only_two_ways_of_signing_are_believed(ours, house, alg):
    house.header = {"alg": alg}
    house.sign = lambda header, claims: making.jwt.encode(header, claims, RSA, algorithms=[alg])

    with pytest.raises(NotBelieved):
        sign_in(ours, house)


def test_a_token_that_demands_what_we_do_not_know_is_not_believed(ours, house):
    house.sign = making.by_hand
    assert sign_in(ours, house).subject == "subject-1"

    house.header = {"crit": ["strange"], "strange": 1}
    with pytest.raises(NotBelieved):
        sign_in(ours, house)


def test_clocks_may_differ_by_a_minute(ours, house):
    house.claims = {"exp": SECONDS - 50, "iat": SECONDS + 50, "auth_time": SECONDS + 50}

    assert sign_in(ours, house).subject == "subject-1"


def test_a_key_of_somebody_else_by_the_same_name_is_not_believed(ours, house):
    house.key = OTHER

    with pytest.raises(NotBelieved):
        sign_in(ours, house)


def test_a_short_key_signs_nothing(ours, house):
    house.keys, house.header = [SHORT, RSA], {"kid": "short"}
    house.sign = lambda header, claims: making.by_hand(header, claims, SHORT)

    with pytest.raises(NotBelieved):
        sign_in(ours, house)


def test_a_new_key_is_asked_for_once_a_minute_at_most(ours, house):
    attempt = an_attempt(proved_since=None)
    house.agree(ours.address(attempt, now=NOW))
    house.key, house.keys = NEW, [RSA, NEW]
    answer = {"code": "a code", "state": attempt.state}

    with pytest.raises(NotBelieved):  # those that we have were read this very minute
        ours.identify(answer, attempt, now=NOW)
    later = NOW + timedelta(minutes=2)
    assert ours.identify(answer, attempt, now=later).subject == "subject-1"
    asked = [path for path, _ in house.asked]
    assert asked.count("/jwks") == 2


def test_a_key_that_was_withdrawn_is_believed_for_an_hour_at_most(ours, house):
    attempt = an_attempt(proved_since=None)
    house.agree(ours.address(attempt, now=NOW))
    house.keys = [EC]
    answer = {"code": "a code", "state": attempt.state}

    house.claims = {"exp": SECONDS + 7200}
    with pytest.raises(NotBelieved):
        ours.identify(answer, attempt, now=NOW + timedelta(minutes=61))


@pytest.mark.parametrize("auth_time", [None, SECONDS - 3600, "now", True, -(10**18)])
def test_who_is_to_show_anew_who_they_are_must_have_done_it(ours, house, auth_time):
    house.claims = {"auth_time": auth_time}

    with pytest.raises(NotBelieved):
        sign_in(ours, house, proved_since=NOW)


def test_who_showed_it_just_now_is_taken(ours, house):
    assert sign_in(ours, house, proved_since=NOW).proved_at == NOW


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


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_counts_as_checked_only_if_that_is_said(ours, house, verified):
    house.claims = {"email_verified": verified}

    assert not sign_in(ours, house).is_email_verified


def test_no_error_repeats_what_is_secret(ours, house):
    house.claims = {"nonce": "of another sign-in"}
    with pytest.raises(NotBelieved) as wrong:
        sign_in(ours, house)

    said = f"{wrong.value!r} {wrong.value.__cause__!r}"
    assert not any(one in said for one in (SECRET, "of another", "nadia", "a code"))
    assert SECRET not in repr(ours._client)
