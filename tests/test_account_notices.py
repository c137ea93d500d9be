"""Who takes an account over changes it first: its owner is told where they could be reached."""

from datetime import timedelta
from types import SimpleNamespace

import pyotp
import pytest
import sqlalchemy as sa

from tests.builders import a_staff_member
from tests.outlets import URL, Listed, into
from tests.riverside import riverside
from tracker.domain.account_change import AccountChange
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.domain.retries import GIVEN_UP_AFTER
from tracker.jobs import tell_of_accounts
from tracker.jobs.rounds import once
from tracker.models import AccountNotice, AddressState, Membership, Passkey
from tracker.services import (
    account_notices,
    authenticators,
    factors,
    invitations,
    members,
    passkeys,
    passwords,
    recovery_codes,
    single_sign_on,
    staff,
)

MINUTE = timedelta(minutes=1)
BY_COMMAND = None


@pytest.fixture
def begins_with():
    return riverside


@pytest.fixture
def who(session, standing):
    """Nadia, who is reached, and an administrator beside her."""
    ada = a_staff_member(session, "Ada Admin")
    session.commit()
    return SimpleNamespace(nadia=standing.nadia, ada=ada, was=standing.nadia.email)


def told(session):
    """What was written down: the change, by whom, and at which address."""
    rows = session.scalars(sa.select(AccountNotice).order_by(AccountNotice.id)).all()
    return [(one.change, one.by, one.address) for one in rows]


def test_each_change_of_an_account_is_told_at_the_address_known_before(session, who, now):
    nadia, change, at = who.nadia, AccountChange, {"now": now}
    passwords.replace(session, nadia, "a hash", **at)
    for by in (who.ada, BY_COMMAND):
        link = invitations.invite(session, nadia, reason="lost", by=by, **at)
        invitations.accept(session, link, "a hash", **at)
    authenticators.begin(session, nadia, **at)
    secret = authenticators.waiting_secret(session, nadia)
    authenticators.confirm(session, nadia, pyotp.TOTP(secret).at(now), **at)
    recovery_codes.renew(session, nadia, **at)  # the first, which come with a factor
    recovery_codes.renew(session, nadia, **at)
    authenticators.remove(session, nadia, **at)
    key = Passkey(
        staff_id=nadia.id, credential_id="a", public_key="k", name="n", created_at=now
    )
    key.sign_count = 0
    session.add(key)
    session.flush()
    passkeys.remove(session, nadia, key.id, **at)
    passkeys.remove(session, nadia, key.id, **at)  # nothing is left to be removed
    mine = session.scalars(sa.select(Membership).where(Membership.staff_id == nadia.id)).one()
    session.add(Membership(staff=who.ada, clinic=mine.clinic, role="administrator"))
    members.reset_factors(session, mine, reason="telephone lost", by=who.ada, **at)
    factors.reset(session, nadia, reason="telephone lost", **at)
    members.mend(session, mine, email=who.was, phone="+447700900155", by=who.ada, **at)
    members.mend(session, mine, email="n@new.example", phone="+447700900155", by=who.ada, **at)
    staff.mend_address(session, nadia, email="n@newer.example", **at)
    single_sign_on.bind(session, nadia, issuer="https://idp", subject="1", **at)
    single_sign_on.release(session, nadia, **at)

    assert told(session) == [
        (change.PASSWORD, nadia, who.was),
        (change.PASSWORD_BY_LINK, who.ada, who.was),
        (change.PASSWORD_BY_LINK, None, who.was),
        (change.AUTHENTICATOR_ADDED, nadia, who.was),
        (change.RECOVERY_CODES, nadia, who.was),
        (change.AUTHENTICATOR_REMOVED, nadia, who.was),
        (change.PASSKEY_REMOVED, nadia, who.was),
        (change.FACTORS_RESET, who.ada, who.was),
        (change.FACTORS_RESET, None, who.was),
        (change.PHONE, who.ada, who.was),
        (change.EMAIL, who.ada, who.was),
        (change.EMAIL, None, "n@new.example"),
        (change.HOSPITAL_BOUND, None, "n@newer.example"),
        (change.HOSPITAL_RELEASED, None, "n@newer.example"),
    ]
    assert {one for one, *_ in told(session)} == set(change) - {change.PASSKEY_ADDED}


def test_an_address_that_no_mail_reaches_is_told_of_at_the_new_one(session, who, now):
    who.nadia.email_state = AddressState.INVALID

    staff.mend_address(session, who.nadia, email="n@new.example", now=now)

    assert told(session) == [(AccountChange.EMAIL, None, "n@new.example")]


def test_the_timer_tells_it_once_without_the_new_address(session, sessions, who, now):
    staff.mend_address(session, who.nadia, email="n@new.example", by=who.ada, now=now)
    session.commit()
    line = Listed()

    once(sessions, into(line), clock=lambda: now)
    once(sessions, into(line), clock=lambda: now + MINUTE)

    (mail,) = (one for one in line.taken if one.key.startswith("account:"))
    assert mail.to_address == who.was
    assert "The e-mail address was changed." in mail.words.body
    assert "It was done by Ada Admin." in mail.words.body
    assert f"{URL}/account" in mail.words.body
    assert f'href="{URL}/account"' in mail.words.html
    assert "new.example" not in f"{mail.words}"
    assert "account" in mail.words.subject


def test_a_mail_server_that_is_down_is_tried_again_and_the_end_is_shown(
    session, sessions, who, now
):
    passwords.replace(session, who.nadia, "a hash", now=now)
    recovery_codes.renew(session, who.nadia, now=now)
    session.commit()
    line = Listed(fails=DeliveryFailed("no line", refusal=Refusal.CHANNEL_DOWN))

    assert tell_of_accounts(sessions, into(line), now=now).faults == [
        "account notice 1: channel_down, tried again later"
    ]
    assert not tell_of_accounts(sessions, into(line), now=now).faults  # not at once
    line.fails = None
    assert tell_of_accounts(sessions, into(line), now=now + MINUTE).sent == 1
    assert [one.key for one in line.taken] == ["account:1"]

    passwords.replace(session, who.nadia, "another", now=now)
    session.commit()
    line.fails = DeliveryFailed("full", refusal=Refusal.FOR_NOW)
    late = now + GIVEN_UP_AFTER
    assert tell_of_accounts(sessions, into(line), now=late).faults == [
        "account notice 2: for_now, given up"
    ]
    session.expire_all()
    newest, _ = account_notices.newest(session, who.nadia)
    assert (newest.sent_at, newest.next_try_at) == (None, None)


def test_one_whose_sender_was_killed_is_sent_by_the_next_and_by_one_alone(
    session, sessions, who, now
):
    passwords.replace(session, who.nadia, "a hash", now=now)
    session.commit()
    with sessions.begin() as killed:
        assert account_notices.claim(killed, 1, now=now) is not None
    with sessions.begin() as other:
        assert account_notices.claim(other, 1, now=now) is None
    line = Listed()

    early = tell_of_accounts(sessions, into(line), now=now + MINUTE).sent
    sent = tell_of_accounts(sessions, into(line), now=now + account_notices.LEASE).sent

    assert (early, sent) == (0, 1)


def test_a_clock_that_was_ahead_puts_nothing_off(session, sessions, who, now):
    passwords.replace(session, who.nadia, "a hash", now=now + timedelta(days=400))
    session.commit()

    assert tell_of_accounts(sessions, into(Listed()), now=now).sent == 1
