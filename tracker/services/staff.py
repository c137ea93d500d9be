"""People who sign in."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.account_change import AccountChange
from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.models import AddressState, Clinic, Membership, Role, Staff
from tracker.services.account_notices import tell, tell_of_address
from tracker.services.numbers import e164
from tracker.services.sign_in import new_token


class AlreadyThere(TrackerError):
    code = "already_there"


class NotThere(TrackerError):
    code = "not_there"


def add_staff(
    session: Session, *, email: str, name: str, password_hash: str | None, now: datetime
) -> Staff:
    """A new member of staff, who belongs to no clinic yet."""
    address = _free_address(session, email)
    staff = Staff(
        email=address,
        name=name,
        password_hash=password_hash,
        session_token=new_token(),
        created_at=now,
    )
    session.add(staff)
    session.flush()
    return staff


def mend_address(
    session: Session, staff: Staff, *, email: str, by: Staff | None = None, now: datetime
) -> None:
    """Give somebody another e-mail address, to sign in with and to be told at.

    They are told at the old one; `by` is None where a command does it.
    """
    address = email.strip().lower()
    if address != staff.email:
        new = _free_address(session, email)
        tell_of_address(session, staff, new, by=by, now=now)
        staff.email = new
    staff.email_state = AddressState.UNVERIFIED
    session.flush()


def mend_phone(
    session: Session, staff: Staff, *, phone: str, by: Staff | None = None, now: datetime
) -> None:
    """Give somebody another number to be texted at; an empty one takes it away."""
    number = e164(phone, field="phone") if not is_blank(phone) else None
    if number != staff.phone:
        tell(session, staff, AccountChange.PHONE, by=by, now=now)
    staff.phone = number
    staff.phone_state = AddressState.UNVERIFIED
    session.flush()


def _free_address(session: Session, email: str) -> str:
    address = email.strip().lower()
    if "@" not in address:
        raise TrackerError(f"{email!r} is not an e-mail address.", field="email")
    if session.scalar(sa.select(Staff.id).where(Staff.email == address)):
        raise AlreadyThere(f"{address} is there already.", field="email")
    return address


def staff_by_email(session: Session, email: str) -> Staff:
    """The member of staff with this address. Raises NotThere."""
    staff = session.scalar(sa.select(Staff).where(Staff.email == email.strip().lower()))
    if staff is None:
        raise NotThere(f"Nobody has the address {email}: add them with flask staff-add.")
    return staff


def clinic_by_name(session: Session, name: str) -> Clinic:
    """The clinic of this name. Raises NotThere."""
    clinic = session.scalar(sa.select(Clinic).where(Clinic.name == name))
    if clinic is None:
        raise NotThere(f"There is no clinic {name!r}: open it with flask clinic-add.")
    return clinic


def clinic_called(session: Session, typed: str) -> Clinic:
    """The clinic of this name, else the one with this number. Raises NotThere."""
    found = session.scalar(sa.select(Clinic).where(Clinic.name == typed))
    if found is None and typed.isascii() and typed.isdigit() and 0 < int(typed) < 2**31:
        found = session.get(Clinic, int(typed))
    return found or clinic_by_name(session, typed)


def join_clinic(session: Session, staff: Staff, clinic: Clinic, *, role: Role) -> Membership:
    """Let `staff` work in `clinic` as `role`, also if it was another role before."""
    found = session.scalar(
        sa.select(Membership).where(
            Membership.staff_id == staff.id, Membership.clinic_id == clinic.id
        )
    )
    if found is None:
        found = Membership(staff=staff, clinic=clinic, role=role)
        session.add(found)
    found.role = role
    session.flush()
    return found
