"""The second person at a refill: somebody of the clinic, and never the one who records it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.models import Membership, Pump, Role, Staff
from tracker.services.refill_facts import RefillFacts


class NoSecondPerson(TrackerError):
    code = "no_second_person"


def possible_checkers(session: Session, clinic_id: int, *, besides: int) -> list[Staff]:
    """Who may have checked a refill that `besides` records: who works here and may record."""
    asked = _able(clinic_id).where(Staff.id != besides, Staff.left_at.is_(None))
    return list(session.scalars(asked.order_by(Staff.name, Staff.id)))


def _able(clinic_id: int) -> sa.Select[Staff]:
    return (
        sa.select(Staff)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.clinic_id == clinic_id, Membership.role != Role.VIEWER)
    )


def check_second(session: Session, pump: Pump, facts: RefillFacts, *, recorder_id: int) -> None:
    """Refuse who records it as their own second person, and who doesn't work here.

    A record that names nobody is not refused: it may come from before staff were chosen.
    """
    if facts.checked_by_id is None:
        return
    if facts.unchecked_because:
        raise NoSecondPerson(
            "Name who checked it, or say why nobody did: not both.", field="second"
        )
    if facts.checked_by_id == recorder_id:
        raise NoSecondPerson(
            "Somebody else checks it, not the one who records it.", field="second"
        )
    # who has left since may have checked a refill that is corrected now
    asked = _able(pump.clinic_id).where(Staff.id == facts.checked_by_id)
    if session.scalar(asked) is None:
        raise NoSecondPerson("Choose somebody of this clinic.", field="second")
