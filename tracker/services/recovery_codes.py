"""Recovery codes: ten for the day on which the telephone is lost, each good for once."""

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.account_change import AccountChange
from tracker.models import RecoveryCode, Staff
from tracker.services.account_notices import tell
from tracker.services.sessions import hash_token

MANY = 10  # ours: what everybody else gives
# No letter that looks like another. 24 of 31 are 118 bits: OWASP ASVS 5.0, 6.5.2 allows a plain
# hash from 112 on.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH, GROUP = 24, 4


def renew(session: Session, staff: Staff, *, now: datetime) -> list[str]:
    """Ten new codes, to be shown once; the old ones open nothing any more."""
    if remove(session, staff):  # the first ones come with a factor, which is told of
        tell(session, staff, AccountChange.RECOVERY_CODES, by=staff, now=now)
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(MANY)]
    session.add_all(
        RecoveryCode(staff_id=staff.id, code_hash=hash_token(code), created_at=now)
        for code in codes
    )
    session.flush()
    return ["-".join(code[i : i + GROUP] for i in range(0, LENGTH, GROUP)) for code in codes]


def accepts(session: Session, staff: Staff, code: str, *, now: datetime) -> bool:
    """Whether it is one of theirs that was not used; it is used up."""
    plain = "".join(one for one in code.lower() if one in LETTERS)
    used = session.execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == staff.id,
            RecoveryCode.code_hash == hash_token(plain),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return bool(used.rowcount)  # type: ignore[attr-defined]


def left(session: Session, staff: Staff) -> int:
    """How many are not used yet."""
    query = sa.select(sa.func.count()).where(
        RecoveryCode.staff_id == staff.id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(query) or 0


def remove(session: Session, staff: Staff) -> bool:
    """Forget them all; whether there were any, used or not."""
    gone = session.execute(sa.delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    return bool(gone.rowcount)  # type: ignore[attr-defined]
