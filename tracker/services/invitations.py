"""One-time links with which somebody chooses a password, the first or another."""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.models import Invitation, Staff
from tracker.services import passwords
from tracker.services.sessions import hash_token

VALID = timedelta(days=3)  # ours: handed over on a Friday, it still opens on Monday


class NoInvitation(TrackerError):
    """The link was used already, is too old, or never was one."""

    code = "no_invitation"


def invite(
    session: Session, staff: Staff, *, reason: str, by: Staff | None = None, now: datetime
) -> str:
    """A new link's token, which is shown once; links made before open nothing any more."""
    if staff.left_at is not None:
        raise TrackerError(f"{staff.name} has left.")
    session.execute(
        sa.update(Invitation)
        .where(Invitation.staff_id == staff.id, Invitation.used_at.is_(None))
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            staff_id=staff.id,
            token_hash=hash_token(token),
            reason=reason[:200],
            made_by_id=by.id if by is not None else None,
            created_at=now,
            expires_at=now + VALID,
        )
    )
    session.flush()
    return token


def invited(session: Session, token: str, *, now: datetime) -> Staff:
    """Whom the link invites. Raises NoInvitation."""
    staff = session.scalar(
        sa.select(Staff)
        .join(Invitation, Invitation.staff_id == Staff.id)
        .where(_is_open(token, now=now), Staff.left_at.is_(None))
    )
    if staff is None:
        raise NoInvitation("This link was used already or is too old.")
    return staff


def accept(session: Session, token: str, hashed: str, *, now: datetime) -> Staff:
    """Use the link up and set the password. Raises NoInvitation, also for the later of two."""
    staff = invited(session, token, now=now)
    used = session.execute(
        sa.update(Invitation).where(_is_open(token, now=now)).values(used_at=now)
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        raise NoInvitation("This link was used already or is too old.")
    asked = sa.select(Invitation).where(Invitation.token_hash == hash_token(token))
    passwords.replace(session, staff, hashed, link=session.scalars(asked).one(), now=now)
    return staff


def _is_open(token: str, *, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        Invitation.token_hash == hash_token(token),
        Invitation.used_at.is_(None),
        Invitation.expires_at > now,
    )
