"""Who may be told when nobody else can be."""

from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.services.owners import possible_owners


class NotSettled(TrackerError):
    """A setting that would leave somebody untold."""

    code = "not_settled"


def is_able(session: Session, clinic_id: int, staff_id: int) -> bool:
    """Whether this one may be: they work here and can be reached, like every owner."""
    return staff_id in {one.id for one in possible_owners(session, clinic_id)}


def check_last_resort(session: Session, clinic_id: int, staff_id: int) -> None:
    """Raises NotSettled for somebody who may not be."""
    if not is_able(session, clinic_id, staff_id):
        raise NotSettled(
            "The last resort must work here and be reachable by e-mail.", field="last_resort_id"
        )
