"""The second person at a refill: somebody of the clinic, and never the one who records it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.models import Membership, Pump, Refill, Role, Staff
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


def check_second(
    session: Session, pump: Pump, facts: RefillFacts, *, replaces: Refill | None, by: Staff
) -> None:
    """Refuse who records it as their own second person, and who doesn't work here.

    A record that names nobody is not refused: it may come from before staff were chosen. Nor
    is whom a corrected row names already, though they have left, or the patient has.
    """
    checker_id = facts.checked_by_id
    if checker_id is None or (replaces and checker_id == replaces.checked_by_id):
        return
    who = replaces.recorded_by_id if replaces else by.id
    check_person(
        session, pump.clinic_id, checker_id, unless=facts.unchecked_because, besides=who
    )


def check_person(
    session: Session, clinic_id: int, checker_id: int, *, unless: str, besides: int
) -> None:
    """Refuse who can't be the second person; `unless` is why there was none."""
    if unless:
        raise NoSecondPerson(
            "Name who checked it, or say why nobody did: not both.", field="second"
        )
    if checker_id == besides:
        raise NoSecondPerson(
            "Somebody else checks it, not the one who records it.", field="second"
        )
    here = _able(clinic_id).where(Staff.id == checker_id, Staff.left_at.is_(None))
    if session.scalar(here) is None:
        raise NoSecondPerson("Choose somebody of this clinic.", field="second")
