"""Whether those who answer for something can be reached: owners, deputies, the last resort.

It asks the tables by itself, not the code that finds out whom to tell.
"""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tracker.models import Absence, AddressState, Clinic, Membership, Staff, Watch
from tracker.services.audit_moments import NOW, Rows

REFUSED = (AddressState.STOPPED, AddressState.INVALID)
Person = type[Staff]


def owners_gone() -> Rows:
    """People who own open watches and have left, or can't be reached at all.

    The few who are lost are asked for first: SQLite would begin with all that is open.
    """
    lost = sa.select(Staff.id).where(_is_lost(Staff))
    return (
        sa.select(Watch.clinic_id, Watch.owner_id)
        .where(Watch.closed_at.is_(None), Watch.owner_id.in_(lost))
        .distinct()
    )


def owners_away() -> Rows:
    """Absences of people who own something, with nobody who stands in and can be reached."""
    deputy, again = aliased(Staff), aliased(Absence)
    of_membership = (
        sa.select(Membership.deputy_id)
        .where(
            Membership.staff_id == Absence.staff_id, Membership.clinic_id == Absence.clinic_id
        )
        .correlate(Absence)
        .scalar_subquery()
    )
    stands_in = sa.func.coalesce(Absence.deputy_id, of_membership)
    # inside another question they are about its rows, which has to be said
    is_away_too = (
        sa.exists()
        .where(again.clinic_id == Absence.clinic_id, again.staff_id == deputy.id, *_runs(again))
        .correlate(Absence, deputy)
    )
    works = sa.exists().where(
        deputy.id == stands_in, sa.not_(_is_lost(deputy)), sa.not_(is_away_too)
    )
    owns = sa.exists().where(
        Watch.closed_at.is_(None),
        Watch.owner_id == Absence.staff_id,
        Watch.clinic_id == Absence.clinic_id,
    )
    return sa.select(Absence.clinic_id, Absence.id).where(*_runs(Absence), sa.not_(works), owns)


def deputies_gone() -> Rows:
    """Deputies who have left or can't be reached, found before anybody is away."""
    deputy, member = aliased(Staff), aliased(Staff)
    return (
        sa.select(Membership.clinic_id, Membership.deputy_id)
        .join(deputy, deputy.id == Membership.deputy_id)
        .join(member, member.id == Membership.staff_id)
        .where(_is_lost(deputy), member.left_at.is_(None))
    )


def last_resorts_gone() -> Rows:
    """Clinics whose last resort has left or can't be reached."""
    return (
        sa.select(Clinic.id, Clinic.last_resort_id)
        .join(Staff, Staff.id == Clinic.last_resort_id)
        .where(_is_lost(Staff))
    )


def _is_lost(who: Person) -> sa.ColumnElement[bool]:
    return sa.or_(who.left_at.is_not(None), who.email_state.in_(REFUSED))


def _runs(absence: type[Absence]) -> tuple[sa.ColumnElement[bool], ...]:
    return (absence.withdrawn_at.is_(None), absence.starts_at <= NOW, absence.ends_at > NOW)
