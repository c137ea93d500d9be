"""A new password: long, not on the lists of broken ones, and not made of what everybody knows.

No capital, digit or sign is asked for: such rules make passwords that people write down and
that guessers know.
"""

import re
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.account_change import AccountChange
from tracker.domain.errors import TrackerError
from tracker.models import Clinic, Invitation, Membership, SignIn, Staff
from tracker.services import sessions
from tracker.services.account_notices import tell
from tracker.services.sign_in import plain

SHORTEST = 12  # characters; OWASP ASVS 5.0 asks for 8 and recommends 15; ours lies between
LONGEST = 1000
LOOKED_AT = 72  # characters; ours: what comes after can't make a password easier to guess
# Ours: the power of ten of the guesses that a guesser who knows the lists of broken passwords
# needs. At a fifth of a second for each that is six years of one core, with the hash in hand.
FEWEST_GUESSES = 9
LEFT_OVER = 8  # characters; ours: what must be left without the words that everybody knows
SHORTEST_WORD = 4  # letters; shorter ones occur in anything
KNOWN_WORDS = (
    "baclofen", "clinic", "doctor", "hospital", "intrathecal", "morphine", "nurse", "pain",
    "password", "patient", "pump", "refill", "spasticity", "tracker", "ziconotide",
)  # fmt: skip


class WeakPassword(TrackerError):
    """A password that is refused, and why."""

    code = "weak_password"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="password")


def check_new(password: str, words: Iterable[str] = ()) -> None:
    """Raises WeakPassword; `words` are those that everybody who knows its owner would try.

    It is weighed as it is compared: letters of other shapes are the plain ones.
    """
    password = plain(password)
    if len(password) < SHORTEST:
        raise WeakPassword(f"Use {SHORTEST} characters or more. A few words in a row are fine.")
    if len(password) > LONGEST:
        raise WeakPassword(f"Use at most {LONGEST} characters.")
    known = _parts([*KNOWN_WORDS, *words])
    if len(_without(password, known)) < LEFT_OVER:
        raise WeakPassword(
            "This is made of names and words that others would try first, such as your own "
            "name or the clinic's. Use other words."
        )
    if _guesses(password, known) < FEWEST_GUESSES:
        raise WeakPassword(
            "This is on the lists that guessers try first, or close to one of them. Use a few "
            "words that have nothing to do with each other."
        )


def words_about(session: Session, staff: Staff) -> list[str]:
    """Name, address and clinics of somebody."""
    clinics = (
        sa.select(Clinic.name)
        .join(Membership, Membership.clinic_id == Clinic.id)
        .where(Membership.staff_id == staff.id)
    )
    return [staff.name, staff.email, *session.scalars(clinics)]


def replace(
    session: Session,
    staff: Staff,
    hashed: str,
    *,
    link: Invitation | None = None,
    now: datetime,
    keep: SignIn | None = None,
) -> None:
    """Give somebody the password that they chose, and tell them.

    It ends their sessions but `keep`, and open links; `link` is the one that it was set with.
    """
    staff.password_hash = hashed
    sessions.end_all(session, staff, now=now, keep=keep)
    session.execute(
        sa.update(Invitation)
        .where(Invitation.staff_id == staff.id, Invitation.used_at.is_(None))
        .values(used_at=now)
    )
    if link is None:
        tell(session, staff, AccountChange.PASSWORD, by=staff, now=now)
        return
    maker = session.get(Staff, link.made_by_id) if link.made_by_id is not None else None
    tell(session, staff, AccountChange.PASSWORD_BY_LINK, by=maker, now=now)


def _parts(words: Iterable[str]) -> list[str]:
    """Each word by itself, the longest first."""
    found = {part for word in words for part in re.findall(r"\w+", word.lower())}
    return sorted(
        (one for one in found if len(one) >= SHORTEST_WORD), key=lambda one: (-len(one), one)
    )


def _without(password: str, known: Iterable[str]) -> str:
    left = password.lower()
    for word in known:
        left = left.replace(word, "")
    return left


def _guesses(password: str, known: list[str]) -> float:
    """The power of ten of the guesses it takes."""
    # a megabyte of lists, read where a password is chosen: seldom
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # noqa: PLC0415

    return float(zxcvbn(password[:LOOKED_AT], user_inputs=known)["guesses_log10"])
