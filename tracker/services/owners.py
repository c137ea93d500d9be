"""Who answers for a watch: handed to somebody who works in its clinic, never to nobody."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.models import Membership, Role, Staff, Watch
from tracker.services.rosters import UNREACHABLE


def possible_owners(session: Session, clinic_id: int) -> list[Staff]:
    """Who may own a watch of the clinic: they work there still and can be reached."""
    asked = (
        sa.select(Staff)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(
            Membership.clinic_id == clinic_id,
            Membership.role != Role.VIEWER,
            Staff.left_at.is_(None),
            Staff.email_state.not_in(UNREACHABLE),
        )
        .order_by(Staff.name)
    )
    return list(session.scalars(asked))


def own(session: Session, watch: Watch, owner: Staff, *, by: Staff, now: datetime) -> None:
    """Give one open watch to `owner`. The pump keeps its own owner, who gets the next watch."""
    if watch.closed_at is not None:
        raise TrackerError("This watch has ended: nobody answers for it any more.")
    able = {one.id for one in possible_owners(session, watch.clinic_id)}
    if owner.id not in able:
        raise TrackerError(
            f"{owner.name} can't take it: they don't work here or can't be reached.",
            field="owner_id",
        )
    watch.owner = owner
    session.flush()
