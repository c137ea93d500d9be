"""Who may be told when nobody else can be."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.models import Membership, Role, Staff
from tracker.services.rosters import staff_is_reachable


class NotSettled(TrackerError):
    """A setting that would leave somebody untold."""

    code = "not_settled"


def possible_last_resorts(session: Session, clinic_id: int) -> list[Staff]:
    """Who may be the last resort: they work here and can be reached."""
    asked = (
        sa.select(Staff)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(
            Membership.clinic_id == clinic_id,
            Membership.role != Role.VIEWER,
            staff_is_reachable(),
        )
        .order_by(Staff.name, Staff.id)
    )
    return list(session.scalars(asked))


def is_able(session: Session, clinic_id: int, staff_id: int) -> bool:
    """Whether this one may be."""
    return staff_id in {one.id for one in possible_last_resorts(session, clinic_id)}


def check_last_resort(session: Session, clinic_id: int, staff_id: int) -> None:
    """Raises NotSettled for somebody who may not be."""
    if not is_able(session, clinic_id, staff_id):
        raise NotSettled(
            "The last resort must work here and be reachable by e-mail.", field="last_resort_id"
        )
