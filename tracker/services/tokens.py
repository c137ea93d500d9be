"""Tokens by which programs ask: made, found again by their hash, revoked.

A token is 256 random bits, so a plain hash keeps it: there is nothing to guess slowly.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.errors import TrackerError
from tracker.models import ApiToken, Clinic, Membership, Scope, Staff
from tracker.services.versions import hold_person

# Ours: a year, so that what was forgotten ends by itself.
LONGEST = timedelta(days=366)
BEGINS = "pump_"  # by which a scanner for secrets can know one
USED_TO = timedelta(hours=1)  # ours: so fine is "last used", and so seldom is it written


class CannotMakeToken(TrackerError):
    code = "cannot_make_token"


def hash_of(text: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(text.encode()).hexdigest()


def make_token(
    session: Session,
    clinic: Clinic,
    *,
    name: str,
    scope: Scope,
    ends_at: datetime,
    by: Staff,
    now: datetime,
) -> str:
    """A new token's text, which nobody can be told again."""
    if not now < ends_at <= now + LONGEST:
        raise CannotMakeToken("Give a day after today, at most a year away.", field="ends_on")
    _check_name(session, clinic, name, scope, by, now=now)
    text = BEGINS + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            clinic_id=clinic.id,
            staff_id=by.id,
            name=name,
            scope=scope,
            token_hash=hash_of(text),
            made_at=now,
            ends_at=ends_at,
        )
    )
    session.flush()
    return text


def _check_name(
    session: Session, clinic: Clinic, name: str, scope: Scope, by: Staff, *, now: datetime
) -> None:
    """Two open ones of a name can't be told apart; so comes a form that is sent twice."""
    hold_person(session, by)
    asked = sa.select(ApiToken.id).where(
        ApiToken.clinic_id == clinic.id,
        ApiToken.staff_id == by.id,
        ApiToken.name == name,
        ApiToken.scope == scope,
        ApiToken.revoked_at.is_(None),
        ApiToken.ends_at > now,
    )
    if session.scalar(asked.limit(1)) is not None:
        raise CannotMakeToken(
            "You have a token of this name already: revoke it below, or choose another name.",
            field="name",
        )


def find_token(session: Session, text: str, *, now: datetime) -> ApiToken | None:
    """The token that opens something still: not ended, not revoked, its owner still here."""
    asked = (
        sa.select(ApiToken)
        .join(Staff, Staff.id == ApiToken.staff_id)
        .join(
            Membership,
            sa.and_(
                Membership.staff_id == ApiToken.staff_id,
                Membership.clinic_id == ApiToken.clinic_id,
            ),
        )
        .where(
            ApiToken.token_hash == hash_of(text),
            ApiToken.revoked_at.is_(None),
            ApiToken.ends_at > now,
            Staff.left_at.is_(None),
        )
        .options(joinedload(ApiToken.clinic), joinedload(ApiToken.staff))
    )
    return session.scalar(asked)


def is_use_old(token: ApiToken, *, now: datetime) -> bool:
    """Whether it is time to write down again that the token is used."""
    return token.used_at is None or now - token.used_at >= USED_TO


def note_use(session: Session, token_id: int, *, now: datetime) -> None:
    """Write down that the token was used."""
    session.execute(sa.update(ApiToken).where(ApiToken.id == token_id).values(used_at=now))


def revoke_token(session: Session, token: ApiToken, *, by: Staff, now: datetime) -> None:
    """End the token for good; a second time changes nothing."""
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by_id = now, by.id
        session.flush()
