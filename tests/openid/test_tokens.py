"""What is believed of a token: its signature, its claims and whose key it was."""

from datetime import timedelta

import pytest

from tests.openid import provider as making
from tests.openid.conftest import NOW, SECONDS, sign_in
from tests.openid.provider import CLIENT, EC, NEW, OTHER, RSA, SECRET, SHORT
from tracker.openid.provider import an_attempt
from tracker.openid.tokens import NotBelieved


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
