"""Second factors: a code is good once, and the database alone gives none away."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.rings import RING
from tracker.models import Authenticator, RecoveryCode
from tracker.models.sealed import PREFIX
from tracker.services import authenticators, factors, recovery_codes
from tracker.services.passkeys import site_of

NOW = datetime(2026, 6, 1, 8, 0, 10, tzinfo=UTC)


@pytest.fixture
def nadia(session):
    return a_staff_member(session)


@pytest.fixture
def secret(session, nadia):
    """Nadia has a confirmed authenticator; the code of 08:00:10 is used."""
    authenticators.begin(session, nadia, now=NOW)
    secret = authenticators.waiting_secret(session, nadia)
    assert authenticators.confirm(session, nadia, code_at(secret, NOW), now=NOW)
    return secret


def code_at(secret, moment):
    return pyotp.TOTP(secret).at(moment)


def accepts(session, nadia, code, now):
    return authenticators.accepts(session, nadia, code, now=now)


def test_a_code_is_good_once_and_no_older_one_after_it(session, nadia, secret):
    later = NOW + timedelta(seconds=60)
    assert not accepts(session, nadia, code_at(secret, NOW), NOW)
    assert accepts(session, nadia, code_at(secret, later), later)

    assert not accepts(session, nadia, code_at(secret, later), later)
    assert not accepts(session, nadia, code_at(secret, later - timedelta(seconds=30)), later)


def test_a_clock_may_differ_by_half_a_minute_and_no_more(session, nadia, secret):
    later = NOW + timedelta(minutes=10)
    code = code_at(secret, later)

    assert not accepts(session, nadia, code, later + timedelta(seconds=60))
    assert not accepts(session, nadia, code, later - timedelta(seconds=60))
    assert accepts(session, nadia, f"{code[:3]} {code[3:]}", later + timedelta(seconds=30))


def test_a_secret_counts_only_once_a_code_of_it_was_typed(session, nadia):
    authenticators.begin(session, nadia, now=NOW)
    secret = authenticators.waiting_secret(session, nadia)

    assert not accepts(session, nadia, code_at(secret, NOW), NOW)
    assert not authenticators.confirm(session, nadia, "000000", now=NOW)
    assert not factors.factors_of(session, nadia).are_there


def test_the_secret_is_stored_sealed_and_shown_no_more_once_confirmed(session, nadia, secret):
    stored = session.scalar(sa.select(sa.type_coerce(Authenticator.secret, sa.Text)))

    assert secret not in stored
    assert RING.unseal(stored.removeprefix(PREFIX)) == secret
    assert authenticators.waiting_secret(session, nadia) is None
    with pytest.raises(authenticators.HasOne):
        authenticators.begin(session, nadia, now=NOW)


def test_ten_recovery_codes_each_good_once_and_only_for_their_owner(session, nadia):
    other = a_staff_member(session, "Other")
    codes = recovery_codes.renew(session, nadia, now=NOW)
    stored = session.scalars(sa.select(RecoveryCode.code_hash)).all()

    assert len(set(codes)) == 10
    assert not set(codes) & set(stored)
    assert not recovery_codes.accepts(session, other, codes[0], now=NOW)
    assert recovery_codes.accepts(session, nadia, codes[0].upper(), now=NOW)
    assert not recovery_codes.accepts(session, nadia, codes[0], now=NOW)
    assert recovery_codes.left(session, nadia) == 9


def test_new_recovery_codes_make_the_old_ones_worthless(session, nadia):
    old = recovery_codes.renew(session, nadia, now=NOW)
    recovery_codes.renew(session, nadia, now=NOW)

    assert not recovery_codes.accepts(session, nadia, old[0], now=NOW)


def test_a_reset_takes_everything_away_and_needs_a_reason(session, nadia, secret):
    recovery_codes.renew(session, nadia, now=NOW)
    with pytest.raises(Exception, match="Say why"):
        factors.reset(session, nadia, reason=" ", now=NOW)

    before = factors.reset(session, nadia, reason="telephone lost", now=NOW)

    assert (before.has_authenticator, before.recovery_codes) == (True, 10)
    assert not factors.factors_of(session, nadia).are_there


@pytest.mark.parametrize(
    ("address", "can"),
    [
        pytest.param("https://pumps.example.org", True, id="a name over https"),
        pytest.param("http://localhost:8000", True, id="the machine itself"),
        pytest.param("http://pumps.example.org", False, id="plain http"),
        pytest.param("https://192.0.2.7", False, id="an address of numbers"),
    ],
)
def test_passkeys_need_a_name_over_https(address, can):
    assert site_of(address).can_have_passkeys is can
