"""All that somebody has besides a password, together."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.account_change import AccountChange
from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.models import How, Passkey, Staff
from tracker.services import authenticators, recovery_codes, sessions
from tracker.services.account_notices import tell


@dataclass(frozen=True, slots=True)
class Factors:
    """What can be asked of somebody."""

    has_authenticator: bool
    passkeys: int
    recovery_codes: int

    @property
    def are_there(self) -> bool:
        """Whether a password alone lets them in no more."""
        return self.has_authenticator or self.passkeys > 0


def factors_of(session: Session, staff: Staff) -> Factors:
    """What somebody has set up."""
    count = sa.select(sa.func.count()).where(Passkey.staff_id == staff.id)
    return Factors(
        authenticators.has_authenticator(session, staff),
        session.scalar(count) or 0,
        recovery_codes.left(session, staff),
    )


def accepts_code(session: Session, staff: Staff, code: str, *, now: datetime) -> How | None:
    """By what the code is theirs: the authenticator or a recovery code; it is used up."""
    if authenticators.accepts(session, staff, code, now=now):
        return How.TOTP
    if recovery_codes.accepts(session, staff, code, now=now):
        return How.RECOVERY
    return None


def first_codes(session: Session, staff: Staff, *, now: datetime) -> list[str]:
    """Recovery codes to show with the first factor; none where there are some."""
    if recovery_codes.left(session, staff):
        return []
    return recovery_codes.renew(session, staff, now=now)


def tidy(session: Session, staff: Staff) -> None:
    """Without any factor left there is nothing to recover."""
    if not factors_of(session, staff).are_there:
        recovery_codes.remove(session, staff)


def reset(
    session: Session, staff: Staff, *, reason: str, by: Staff | None = None, now: datetime
) -> Factors:
    """Take every factor away from somebody who lost theirs, and sign them out everywhere.

    Gives back what they had. The reason is for the record of whoever calls; `by` is None where
    a command does it.
    """
    if is_blank(reason):
        raise TrackerError("Say why: it goes on record.", field="reason")
    before = factors_of(session, staff)
    authenticators.forget(session, staff)
    recovery_codes.remove(session, staff)
    session.execute(sa.delete(Passkey).where(Passkey.staff_id == staff.id))
    sessions.end_all(session, staff, now=now)
    tell(session, staff, AccountChange.FACTORS_RESET, by=by, now=now)
    return before
