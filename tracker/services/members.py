"""Who works in a clinic, and what its administrators may change of that.

An account is one for all clinics: its ways in belong to every clinic that it opens. So who
leads only one of them changes neither its password, factors nor addresses. Each lets somebody
go from its own rooms, and the account ends with the last.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.errors import TrackerError
from tracker.models import (
    Absence,
    Authenticator,
    Clinic,
    Membership,
    Passkey,
    Role,
    SignIn,
    Staff,
)
from tracker.services import factors, invitations, leaving, sessions, staff
from tracker.services.trail_changes import tell_why
from tracker.services.versions import hold_clinic


class NotChanged(TrackerError):
    """What would leave a clinic without somebody it needs, or reach into another clinic."""

    code = "not_changed"


@dataclass(frozen=True, slots=True)
class Member:
    """One who works here, as the list of staff shows them."""

    membership: Membership
    signed_in_at: datetime | None
    has_second_factor: bool
    away_until: datetime | None


def members_of(session: Session, clinic_id: int, *, now: datetime) -> list[Member]:
    """Everybody who works in the clinic, viewers too, by name."""
    newest = (
        sa.select(sa.func.max(SignIn.created_at))
        .where(SignIn.staff_id == Membership.staff_id)
        .scalar_subquery()
    )
    away = (
        sa.select(sa.func.max(Absence.ends_at))
        .where(
            Absence.staff_id == Membership.staff_id,
            Absence.clinic_id == clinic_id,
            Absence.starts_at <= now,
            Absence.ends_at > now,
            Absence.withdrawn_at.is_(None),
        )
        .scalar_subquery()
    )
    has_app = sa.exists().where(
        Authenticator.staff_id == Membership.staff_id, Authenticator.confirmed_at.is_not(None)
    )
    has_passkey = sa.exists().where(Passkey.staff_id == Membership.staff_id)
    asked = (
        sa.select(Membership, newest, sa.or_(has_app, has_passkey), away)
        .join(Staff, Staff.id == Membership.staff_id)
        .where(Membership.clinic_id == clinic_id, Staff.left_at.is_(None))
        .order_by(Staff.name, Staff.id)
        .options(joinedload(Membership.staff))
    )
    return [Member(*row) for row in session.execute(asked)]


def works_elsewhere(session: Session, who: Staff, by: Staff) -> bool:
    """Whether `who` works in a clinic where `by` is no administrator."""
    led = sa.select(Membership.clinic_id).where(
        Membership.staff_id == by.id, Membership.role == Role.ADMINISTRATOR
    )
    asked = sa.select(Membership.id).where(
        Membership.staff_id == who.id, Membership.clinic_id.not_in(led)
    )
    return session.scalar(asked.limit(1)) is not None


def works_only_here(session: Session, membership: Membership) -> bool:
    """Whether no other clinic's work goes on when they leave this one."""
    asked = sa.select(Membership.id).where(
        Membership.staff_id == membership.staff_id, Membership.id != membership.id
    )
    return session.scalar(asked.limit(1)) is None


def add_new(
    session: Session,
    clinic: Clinic,
    *,
    email: str,
    name: str,
    role: Role,
    by: Staff,
    now: datetime,
) -> tuple[Membership, str]:
    """Somebody whom no clinic knows yet, and the link by which they choose a password."""
    who = staff.add_staff(session, email=email, name=name, password_hash=None, now=now)
    membership = staff.join_clinic(session, who, clinic, role=role)
    return membership, invitations.invite(session, who, reason="added", by=by, now=now)


def add_known(session: Session, clinic: Clinic, *, email: str, role: Role) -> Membership:
    """Let somebody of another clinic work here too; they sign in as they did."""
    known = sa.select(Staff).where(Staff.email == email.strip().lower())
    who = session.scalar(known.where(Staff.left_at.is_(None)))
    if who is None:
        raise NotChanged("Nobody has exactly this address. Look for a typo.", field="email")
    here = sa.select(Membership.id).where(
        Membership.staff_id == who.id, Membership.clinic_id == clinic.id
    )
    if session.scalar(here) is not None:
        raise NotChanged(f"{who.name} works here already.", field="email")
    return staff.join_clinic(session, who, clinic, role=role)


def change_role(
    session: Session, membership: Membership, role: Role, *, reason: str, now: datetime
) -> None:
    """Give somebody another role here; the reason goes into the trail. Raises NotChanged."""
    _lock(session, membership.clinic)
    session.refresh(membership)
    if membership.role is role:
        raise NotChanged("That is their role already.", field="role")
    if role is not Role.ADMINISTRATOR:
        _check_administrator_remains(session, membership)
    if role is Role.VIEWER:
        _check_answers_for_nothing(session, membership, now=now)
    membership.role = role
    tell_why(session, membership, reason)
    session.flush()


def make_link(
    session: Session, membership: Membership, *, reason: str, by: Staff, now: datetime
) -> str:
    """A link by which they choose another password, once."""
    _check_account(session, membership.staff, by)
    return invitations.invite(session, membership.staff, reason=reason, by=by, now=now)


def reset_factors(
    session: Session, membership: Membership, *, reason: str, by: Staff, now: datetime
) -> None:
    """Take every factor away from somebody who lost theirs."""
    _check_account(session, membership.staff, by)
    factors.reset(session, membership.staff, reason=reason, by=by, now=now)
    tell_why(session, membership.staff, reason)


def mend(
    session: Session,
    membership: Membership,
    *,
    email: str,
    phone: str,
    by: Staff,
    now: datetime,
) -> None:
    """Give somebody the address and number that work; what stays as it is keeps its state."""
    who = membership.staff
    _check_account(session, who, by)
    if email.strip().lower() != who.email:
        staff.mend_address(session, who, email=email, by=by, now=now)
    if phone != (who.phone or ""):
        staff.mend_phone(session, who, phone=phone, by=by, now=now)


def sign_out(session: Session, membership: Membership, *, keep: SignIn, now: datetime) -> None:
    """End everything somebody is signed in to; of one's own all but where one sits."""
    who = membership.staff
    sessions.end_all(session, who, now=now, keep=keep if keep.staff_id == who.id else None)


def depart(
    session: Session, membership: Membership, *, hand_to: Staff | None, by: Staff, now: datetime
) -> int:
    """They leave this clinic, and hand over all they answer for; how many pumps changed hands.

    Their account ends with the last clinic in which they work.
    """
    who = membership.staff
    if who.id == by.id:
        raise NotChanged("Nobody ends their own account: ask another administrator.")
    hold_clinic(session, membership.clinic)
    session.refresh(who, with_for_update=True)  # two clinics that end it at once
    _check_administrator_remains(session, membership)
    if works_only_here(session, membership):
        return leaving.leave(session, who, hand_to=hand_to, now=now)
    return leaving.leave_clinic(session, membership, hand_to=hand_to, now=now)


def _lock(session: Session, clinic: Clinic) -> None:
    """Two who change roles at once come one after the other."""
    session.flush()
    session.refresh(clinic, with_for_update=True)


def _check_account(session: Session, who: Staff, by: Staff) -> None:
    if works_elsewhere(session, who, by):
        raise NotChanged(
            f"{who.name} works in another clinic too. Whoever keeps the server does this."
        )


def _check_administrator_remains(session: Session, membership: Membership) -> None:
    others = (
        sa.select(Membership.id)
        .join(Staff, Staff.id == Membership.staff_id)
        .where(
            Membership.clinic_id == membership.clinic_id,
            Membership.role == Role.ADMINISTRATOR,
            Membership.id != membership.id,
            Staff.left_at.is_(None),
        )
    )
    is_one = membership.role is Role.ADMINISTRATOR
    if is_one and session.scalar(others.limit(1)) is None:
        raise NotChanged(
            f"{membership.staff.name} is the last administrator of {membership.clinic.name}. "
            "Make somebody else one first.",
            field="role",
        )


def _check_answers_for_nothing(
    session: Session, membership: Membership, *, now: datetime
) -> None:
    """Who only reads can't be told, so nothing may be theirs: the last resort least of all."""
    clinic_id = membership.clinic_id
    if said := leaving.answers_for(session, membership.staff, clinic_id, now=now):
        raise NotChanged(
            f"A viewer answers for nothing, and {membership.staff.name} still does: "
            f"{', '.join(said)}. Give it to somebody else first.",
            field="role",
        )
