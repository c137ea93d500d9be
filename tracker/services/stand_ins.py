"""Who is away at a moment, until when, and who sees to what is theirs meanwhile."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Absence, Membership, Staff


@dataclass(frozen=True, slots=True)
class Away:
    """One absence: its end, and the deputy of that time, else the standing one, if any."""

    until: datetime
    deputy: Staff | None


def away_at(session: Session, clinic_id: int, staff: Staff, *, now: datetime) -> Away | None:
    """The absence of somebody in a clinic that lasts longest from `now`; None if here."""
    deputy_id = sa.func.coalesce(Absence.deputy_id, Membership.deputy_id)
    asked = (
        sa.select(Absence.ends_at, Staff)
        .join(
            Membership,
            sa.and_(
                Membership.staff_id == Absence.staff_id,
                Membership.clinic_id == Absence.clinic_id,
            ),
        )
        .outerjoin(Staff, Staff.id == deputy_id)
        .where(
            Absence.clinic_id == clinic_id,
            Absence.staff_id == staff.id,
            Absence.withdrawn_at.is_(None),
            Absence.starts_at <= now,
            Absence.ends_at > now,
        )
        .order_by(Absence.ends_at.desc())
    )
    found = session.execute(asked.limit(1)).first()
    return None if found is None else Away(found[0], found[1])
