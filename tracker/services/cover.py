"""Who is away and who stands in, who is on duty, and where nobody is."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.errors import TrackerError
from tracker.models import Absence, Clinic, Duty, Membership, Role, Staff
from tracker.services.rosters import staff_is_reachable
from tracker.services.versions import hold_person

Span = tuple[datetime, datetime]
Cover = TypeVar("Cover", Absence, Duty)
LONGEST = timedelta(days=366)  # ours: who is away for longer hands their pumps over


class NotCovered(TrackerError):
    """An absence, a duty or a deputy that would cover nothing."""

    code = "not_covered"


def members(session: Session, clinic_id: int) -> list[Membership]:
    """Who works in the clinic now and may answer for something, by name."""
    asked = (
        sa.select(Membership)
        .join(Staff, Staff.id == Membership.staff_id)
        .where(
            Membership.clinic_id == clinic_id,
            Membership.role != Role.VIEWER,
            Staff.left_at.is_(None),
        )
        .order_by(Staff.name, Staff.id)
        .options(joinedload(Membership.staff), joinedload(Membership.deputy))
    )
    return list(session.scalars(asked))


def record_absence(
    session: Session,
    clinic: Clinic,
    staff: Staff,
    *,
    starts_at: datetime,
    ends_at: datetime,
    deputy: Staff | None = None,
    note: str = "",
    by: Staff,
    now: datetime,
) -> Absence:
    """Somebody is away for a time; what is theirs goes to the deputy meanwhile.

    Raises NotCovered for a deputy who can't stand in, and for a time that means nothing.
    """
    _check_span(starts_at, ends_at, now=now)
    _check_member(session, clinic, staff, field="staff_id")
    hold_person(session, staff)
    if _away(session, clinic.id, staff.id, starts_at, ends_at):
        raise NotCovered(f"{staff.name} is away in that time already.", field="starts_at")
    if deputy is not None:
        _check_deputy(session, clinic, staff, deputy, starts_at, ends_at)
    absence = Absence(
        clinic_id=clinic.id,
        staff=staff,
        starts_at=starts_at,
        ends_at=ends_at,
        deputy=deputy,
        note=note,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(absence)
    session.flush()
    return absence


def withdraw_absence(session: Session, absence: Absence, *, now: datetime) -> None:
    """They are there after all, or back; the row stays on record."""
    _withdraw(session, absence, now=now)


def put_on_duty(
    session: Session,
    clinic: Clinic,
    staff: Staff,
    *,
    starts_at: datetime,
    ends_at: datetime,
    by: Staff,
    now: datetime,
) -> Duty:
    """Somebody is on duty for a time. Raises NotCovered if they are away in any of it."""
    _check_span(starts_at, ends_at, now=now)
    _check_member(session, clinic, staff, field="duty_staff_id")
    hold_person(session, staff)
    if _away(session, clinic.id, staff.id, starts_at, ends_at):
        raise NotCovered(f"{staff.name} is away in that time.", field="duty_staff_id")
    same = sa.select(Duty.id).where(
        Duty.clinic_id == clinic.id,
        Duty.staff_id == staff.id,
        Duty.starts_at == starts_at,
        Duty.ends_at == ends_at,
        Duty.withdrawn_at.is_(None),
    )
    if session.scalar(same.limit(1)) is not None:
        raise NotCovered(f"{staff.name} is on duty then already.", field="duty_staff_id")
    duty = Duty(
        clinic_id=clinic.id,
        staff=staff,
        starts_at=starts_at,
        ends_at=ends_at,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(duty)
    session.flush()
    return duty


def withdraw_duty(session: Session, duty: Duty, *, now: datetime) -> None:
    """They are not on duty after all; the row stays on record."""
    _withdraw(session, duty, now=now)


def set_deputy(session: Session, membership: Membership, deputy: Staff | None) -> None:
    """Name who stands in for somebody whenever an absence names nobody else."""
    if deputy is not None:
        _check_deputy(session, membership.clinic, membership.staff, deputy)
    membership.deputy = deputy
    session.flush()


def absences(session: Session, clinic_id: int, *, since: datetime) -> list[Absence]:
    """The absences that end after `since`, the first to begin first."""
    asked = _standing(Absence, clinic_id, since)
    return list(
        session.scalars(asked.options(joinedload(Absence.staff), joinedload(Absence.deputy)))
    )


def duties(
    session: Session, clinic_id: int, starts_at: datetime, ends_at: datetime
) -> list[Duty]:
    """Who is on duty within a time, in order."""
    asked = _standing(Duty, clinic_id, starts_at).where(Duty.starts_at < ends_at)
    return list(session.scalars(asked.options(joinedload(Duty.staff))))


def gaps(
    session: Session, clinic: Clinic, starts_at: datetime, ends_at: datetime
) -> list[Span]:
    """The times within these in which nobody is on duty who is there."""
    away: dict[int, list[Span]] = {}
    for one in absences(session, clinic.id, since=starts_at):
        away.setdefault(one.staff_id, []).append((one.starts_at, one.ends_at))
    covered: list[Span] = []
    for duty in duties(session, clinic.id, starts_at, ends_at):
        span = (duty.starts_at, duty.ends_at)
        covered += without([span], away.get(duty.staff_id, []))
    return without([(starts_at, ends_at)], covered)


def without(spans: list[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of `spans`, in order, when `taken` is cut out of them."""
    left = spans
    for start, end in taken:
        left = [
            piece
            for one in left
            for piece in ((one[0], min(one[1], start)), (max(one[0], end), one[1]))
            if piece[0] < piece[1]
        ]
    return sorted(set(left))


def _standing(table: type[Cover], clinic_id: int, since: datetime) -> sa.Select[Cover]:
    return (
        sa.select(table)
        .where(
            table.clinic_id == clinic_id,
            table.withdrawn_at.is_(None),
            table.ends_at > since,
        )
        .order_by(table.starts_at, table.id)
    )


def _withdraw(session: Session, row: Absence | Duty, *, now: datetime) -> None:
    if row.withdrawn_at is None:
        row.withdrawn_at = now
    session.flush()


def _away(
    session: Session, clinic_id: int, staff_id: int, starts_at: datetime, ends_at: datetime
) -> bool:
    asked = _standing(Absence, clinic_id, starts_at).where(
        Absence.staff_id == staff_id, Absence.starts_at < ends_at
    )
    return session.scalar(asked.limit(1)) is not None


def _check_span(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    if ends_at <= starts_at:
        raise NotCovered("The end must come after the beginning.", field="ends_at")
    if ends_at <= now:
        raise NotCovered("This time is over already.", field="ends_at")
    if ends_at - starts_at > LONGEST:
        raise NotCovered(
            "Give at most a year. For longer, hand the pumps over.", field="ends_at"
        )


def _check_member(session: Session, clinic: Clinic, staff: Staff, *, field: str) -> None:
    if staff.id not in {one.staff_id for one in members(session, clinic.id)}:
        raise NotCovered(f"{staff.name} doesn't work in this clinic.", field=field)


def _check_deputy(
    session: Session,
    clinic: Clinic,
    staff: Staff,
    deputy: Staff,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> None:
    if deputy.id == staff.id:
        raise NotCovered("Nobody can stand in for themselves.", field="deputy_id")
    _check_member(session, clinic, deputy, field="deputy_id")
    can = sa.select(Staff.id).where(Staff.id == deputy.id, staff_is_reachable())
    if session.scalar(can) is None:
        raise NotCovered(
            f"E-mail to {deputy.name} is refused: mend it first.", field="deputy_id"
        )
    if starts_at is None or ends_at is None:
        return
    if _away(session, clinic.id, deputy.id, starts_at, ends_at):
        raise NotCovered(f"{deputy.name} is away in that time too.", field="deputy_id")
