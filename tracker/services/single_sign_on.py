"""Who comes in by the hospital's sign-in: known by subject, bound once by a checked address."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tracker.domain.account_change import AccountChange
from tracker.domain.errors import TrackerError
from tracker.domain.identity import Identity
from tracker.models import Staff, StaffSubject
from tracker.services import spent
from tracker.services.account_notices import tell
from tracker.services.sign_in import has_clinic


class NotLetIn(TrackerError):
    """The hospital knows them; this program lets them in nowhere."""

    code = "not_let_in"


class SpentAlready(TrackerError):
    """That sign-in has let somebody in before."""

    code = "spent_already"


def arriving(
    session: Session, identity: Identity, *, trusts_address: bool, now: datetime
) -> Staff:
    """The member of staff who comes in; bound to the subject the first time. Raises NotLetIn.

    Nobody is ever created. `trusts_address`: the provider vouches for addresses without saying.
    """
    staff = _bound(session, identity)
    is_new = staff is None
    if staff is None:
        staff = _by_address(session, identity, trusts_address=trusts_address)
    if staff.left_at is not None or not has_clinic(session, staff):
        raise NotLetIn(
            "Your account here is closed, or belongs to no clinic yet. Ask your clinic's "
            "administrator."
        )
    if is_new:
        _bind(session, staff, identity, staff, now)
    return staff


def spend(session: Session, nonce: str, *, now: datetime) -> None:
    """Write down that this sign-in lets somebody in. Raises SpentAlready the second time."""
    if not spent.spend(session, nonce, now=now):
        raise SpentAlready("This sign-in has been used.")


def release(session: Session, staff: Staff, *, now: datetime) -> int:
    """Forget whom the hospital means by them; how many that were."""
    found = session.scalars(sa.select(StaffSubject).where(StaffSubject.staff_id == staff.id))
    rows = found.all()
    for row in rows:
        session.delete(row)
    if rows:
        tell(session, staff, AccountChange.HOSPITAL_RELEASED, by=None, now=now)
    return len(rows)


def bind(session: Session, staff: Staff, *, issuer: str, subject: str, now: datetime) -> None:
    """Say by hand whom the hospital means. Raises NotLetIn where it is somebody already."""
    _bind(session, staff, Identity(issuer, subject), None, now)


def _bound(session: Session, identity: Identity) -> Staff | None:
    return session.scalar(
        sa.select(Staff)
        .join(StaffSubject, StaffSubject.staff_id == Staff.id)
        .where(StaffSubject.issuer == identity.issuer, StaffSubject.subject == identity.subject)
    )


def _by_address(session: Session, identity: Identity, *, trusts_address: bool) -> Staff:
    if not identity.email:
        raise NotLetIn(
            "The hospital's sign-in did not tell your e-mail address, so we can't know whose "
            "account here is yours. Ask your clinic's administrator."
        )
    if not (identity.is_email_verified or trusts_address):
        raise NotLetIn(
            "The hospital's sign-in did not say that your e-mail address has been checked, so "
            "we can't know whose account here is yours. Ask your clinic's administrator."
        )
    staff = session.scalar(sa.select(Staff).where(Staff.email == identity.email))
    if staff is None:
        raise NotLetIn(
            f"Nobody here has the address {identity.email}. Ask your clinic's administrator to "
            "add you."
        )
    return staff


def _bind(
    session: Session, staff: Staff, identity: Identity, by: Staff | None, now: datetime
) -> None:
    """One subject each: an address that went to somebody else takes no account along."""
    try:
        with session.begin_nested():
            session.add(
                StaffSubject(
                    staff_id=staff.id,
                    issuer=identity.issuer,
                    subject=identity.subject,
                    bound_at=now,
                )
            )
    except IntegrityError as other:
        raise NotLetIn(
            "Your account here belongs to another sign-in of the hospital. Ask your clinic's "
            "administrator."
        ) from other
    tell(session, staff, AccountChange.HOSPITAL_BOUND, by=by, now=now)
