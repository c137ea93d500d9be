"""Who answers for a watch: handed to somebody who works in its clinic, never to nobody."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.models import Membership, Role, Staff, Watch
from tracker.services.lifespans import call_key
from tracker.services.rosters import staff_is_reachable


def possible_owners(session: Session, clinic_id: int) -> list[Staff]:
    """Who may own a watch of the clinic: they work there still and can be reached."""
    return list(session.scalars(_able(clinic_id).order_by(Staff.name, Staff.id)))


def in_role(session: Session, clinic_id: int, role: Role) -> list[Staff]:
    """Those of the possible owners who have this role."""
    asked = _able(clinic_id).where(Membership.role == role)
    return list(session.scalars(asked.order_by(Staff.name, Staff.id)))


def first_in_role(
    session: Session, clinic_id: int, role: Role, *, besides: int | None = None
) -> int | None:
    """One of these possible owners; None, which is the last resort, where there is none."""
    asked = _able(clinic_id).where(Membership.role == role, Staff.id.is_distinct_from(besides))
    found = session.scalar(asked.order_by(Staff.id).limit(1))
    return found.id if found else None


def _able(clinic_id: int) -> sa.Select[Staff]:
    return (
        sa.select(Staff)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(
            Membership.clinic_id == clinic_id,
            Membership.role != Role.VIEWER,
            staff_is_reachable(),
        )
    )


def check_owner(session: Session, clinic_id: int, owner: Staff) -> None:
    """Raises TrackerError for somebody who may not own a watch of the clinic."""
    if owner.id not in {one.id for one in possible_owners(session, clinic_id)}:
        raise TrackerError(
            f"{owner.name} can't take it: they don't work here or can't be reached.",
            field="owner_id",
        )


def own(session: Session, watch: Watch, owner: Staff, *, by: Staff, now: datetime) -> None:
    """Give one open watch to `owner`. The pump keeps its own owner, who gets the next watch."""
    if watch.closed_at is not None:
        raise TrackerError("This watch has ended: nobody answers for it any more.")
    check_owner(session, watch.clinic_id, owner)
    watch.owner = owner
    session.execute(
        sa.update(Watch)
        .where(Watch.open_key == call_key(watch.id))  # a call that is promised goes with it
        .values(owner_id=owner.id)
    )
    session.flush()
