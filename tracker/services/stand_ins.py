"""Who is away at a moment, until when, and who sees to what is theirs meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Absence, Membership, Staff


@dataclass(frozen=True, slots=True)
class Away:
    """One absence: its end, and who stands in, if anybody does."""

    until: datetime
    deputy: Staff | None


def answers_for(
    session: Session, clinic_ids: Iterable[int], staff: Staff, *, now: datetime
) -> dict[int, tuple[int, ...]]:
    """By clinic, whose watches `staff` sees to: their own, and those they stand in for."""
    ids = list(clinic_ids)
    asked = _away(Absence.clinic_id, Absence.staff_id, now=now).where(
        Absence.clinic_id.in_(ids), _deputy_id() == staff.id
    )
    found = {one: [staff.id] for one in ids}
    for clinic_id, absent_id in session.execute(asked.order_by(Absence.id)):
        found[clinic_id].append(absent_id)
    return {one: tuple(dict.fromkeys(owners)) for one, owners in found.items()}


def away_at(session: Session, clinic_id: int, staff: Staff, *, now: datetime) -> Away | None:
    """The absence of somebody in a clinic that lasts longest from `now`; None if here."""
    asked = (
        _away(Absence.ends_at, Staff, now=now)
        .outerjoin(Staff, Staff.id == _deputy_id())
        .where(Absence.clinic_id == clinic_id, Absence.staff_id == staff.id)
        .order_by(Absence.ends_at.desc())
    )
    found = session.execute(asked.limit(1)).first()
    return None if found is None else Away(*found)


def _deputy_id() -> sa.ColumnElement[int]:
    """The deputy named for the time, else the standing one."""
    return sa.func.coalesce(Absence.deputy_id, Membership.deputy_id)


def _away(*columns: Any, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    """These columns of the absences of a moment, each with the membership of who is away."""
    return (
        sa.select(*columns)
        .select_from(Absence)
        .join(
            Membership,
            sa.and_(
                Membership.staff_id == Absence.staff_id,
                Membership.clinic_id == Absence.clinic_id,
            ),
        )
        .where(
            Absence.withdrawn_at.is_(None),
            Absence.starts_at <= now,
            Absence.ends_at > now,
        )
    )
