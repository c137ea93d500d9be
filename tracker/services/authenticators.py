"""Authenticator apps: the code of every half minute, each good for once."""

import hmac
from datetime import datetime

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.account_change import AccountChange
from tracker.domain.errors import TrackerError
from tracker.models import Authenticator, Staff
from tracker.models.sealed import UNREADABLE
from tracker.sealing import Unsealable
from tracker.services.account_notices import tell

SECONDS = 30  # RFC 6238, 4.1
DRIFT = 1  # steps before and after; RFC 6238, 5.2 recommends no more
ISSUER = "Pump refill tracker"


class HasOne(TrackerError):
    """There is a confirmed authenticator already: it is taken away first."""

    code = "has_authenticator"


def begin(session: Session, staff: Staff, *, now: datetime) -> None:
    """A new secret, which counts for nothing until a code of it was typed. Raises HasOne."""
    row = _row(session, staff)
    if row is not None and row.confirmed_at is not None:
        raise HasOne("There is an authenticator already. Take it away first.")
    if row is None:
        row = Authenticator(staff_id=staff.id, created_at=now)
        session.add(row)
    row.secret, row.last_step = pyotp.random_base32(), 0
    session.flush()


def waiting_secret(session: Session, staff: Staff) -> str | None:
    """The secret to show while it isn't confirmed; afterwards nobody sees it again."""
    row = _row(session, staff)
    if row is None or row.confirmed_at is not None:
        return None
    return _secret_of(row)


def address_of(secret: str, staff: Staff) -> str:
    """What the square picture says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=staff.email, issuer_name=ISSUER)


def confirm(session: Session, staff: Staff, code: str, *, now: datetime) -> bool:
    """Whether the code is one of the waiting secret, which counts from now on."""
    row = _row(session, staff)
    if row is None or row.confirmed_at is not None or not _use(session, row, code, now):
        return False
    row.confirmed_at = now
    tell(session, staff, AccountChange.AUTHENTICATOR_ADDED, by=staff, now=now)
    return True


def accepts(session: Session, staff: Staff, code: str, *, now: datetime) -> bool:
    """Whether the code is right and was not used before; it is used up."""
    row = _row(session, staff)
    return row is not None and row.confirmed_at is not None and _use(session, row, code, now)


def has_authenticator(session: Session, staff: Staff) -> bool:
    """Whether a confirmed one is there."""
    row = _row(session, staff)
    return row is not None and row.confirmed_at is not None


def remove(session: Session, staff: Staff, *, now: datetime) -> None:
    """Forget the secret, as its owner wants it."""
    if has_authenticator(session, staff):
        tell(session, staff, AccountChange.AUTHENTICATOR_REMOVED, by=staff, now=now)
    forget(session, staff)


def forget(session: Session, staff: Staff) -> None:
    """Forget the secret; who does it for others tells them what became of all."""
    session.execute(sa.delete(Authenticator).where(Authenticator.staff_id == staff.id))


def _row(session: Session, staff: Staff) -> Authenticator | None:
    query = sa.select(Authenticator).where(Authenticator.staff_id == staff.id)
    return session.scalar(query.execution_options(populate_existing=True))


def _use(session: Session, row: Authenticator, code: str, now: datetime) -> bool:
    step = _step_of("".join(code.split()), _secret_of(row), now)
    if step is None:
        return False
    # one statement, so that of two requests with one code only the first is let in
    used = session.execute(
        sa.update(Authenticator)
        .where(Authenticator.id == row.id, Authenticator.last_step < step)
        .values(last_step=step)
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def _secret_of(row: Authenticator) -> str:
    """Raises Unsealable: without its key no code is wrong or right."""
    if row.secret == UNREADABLE:
        raise Unsealable("no key opens the secret of an authenticator")
    return row.secret


def _step_of(code: str, secret: str, now: datetime) -> int | None:
    """The half minute whose code it is, if it is near enough."""
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // SECONDS
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None
