"""Who may come in: passwords, checked with a cost that is the same for known and unknown names.

A hash costs 64 MiB and a fifth of a second at the default cost, so only a few are made at once.
"""

import secrets
import threading
import unicodedata
from functools import lru_cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from tracker.models import Membership, Staff

AT_ONCE = threading.BoundedSemaphore(2)
LONGEST_PASSWORD = 1000


def hash_password(password: str, *, cost: int | None = None) -> str:
    """What is stored of a password; `cost` is the number of passes, None argon2's own."""
    with AT_ONCE:
        return _hasher(cost).hash(plain(password))


def new_token() -> str:
    """A fresh session token; a staff member's sessions end when theirs is replaced."""
    return secrets.token_hex(32)


def check_password(
    session: Session, email: str, password: str, *, cost: int | None = None
) -> Staff | None:
    """The staff member whom e-mail and password name; None for every kind of mistake alike."""
    staff = find(session, email)
    return staff if is_password_of(staff, password, cost=cost) else None


def find(session: Session, email: str) -> Staff | None:
    """Who has this e-mail address, if anybody."""
    return session.scalar(sa.select(Staff).where(Staff.email == email.strip().lower()))


def is_password_of(staff: Staff | None, password: str, *, cost: int | None = None) -> bool:
    """Whether it is theirs; takes as long for nobody. No database is touched meanwhile.

    One that is too long to be anybody's is not looked at, so no flood of letters is hashed.
    """
    stored = staff.password_hash if staff else None
    looked_at = password if len(password) <= LONGEST_PASSWORD else ""
    is_right = _is_right(stored or _dummy_hash(cost), plain(looked_at), cost)
    return staff is not None and stored is not None and staff.left_at is None and is_right


def has_clinic(session: Session, staff: Staff) -> bool:
    """Whether the staff member belongs to any clinic at all."""
    query = sa.select(sa.exists().where(Membership.staff_id == staff.id))
    return bool(session.scalar(query))


def plain(password: str) -> str:
    """One spelling for each letter: keyboards differ in how they compose an accent."""
    return unicodedata.normalize("NFKC", password)


def _is_right(stored: str, password: str, cost: int | None) -> bool:
    try:
        with AT_ONCE:
            return _hasher(cost).verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _hasher(cost: int | None) -> PasswordHasher:
    return PasswordHasher() if cost is None else PasswordHasher(time_cost=cost)


@lru_cache(maxsize=4)
def _dummy_hash(cost: int | None) -> str:
    """A hash of nothing anybody knows: an unknown name must cost as long as a known one."""
    with AT_ONCE:
        return _hasher(cost).hash(secrets.token_hex(16))
