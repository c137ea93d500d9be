"""Somebody leaves: what they answered for is handed over first, so that nothing is nobody's."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.errors import TrackerError
from tracker.domain.wording import write_day
from tracker.models import (
    Absence,
    Clinic,
    Duty,
    Membership,
    Policy,
    Pump,
    Role,
    Staff,
    Watch,
)
from tracker.services import silences
from tracker.services.policies import hand_over, naming
from tracker.services.rosters import UNREACHABLE
from tracker.services.sign_in import new_token

MOST_NAMED = 10  # ours: of pumps and of watches; a page doesn't grow with what is stored


class StillAnswers(TrackerError):
    """Somebody is to leave who answers for something still; the sentence lists all of it."""

    code = "still_answers"


@dataclass(frozen=True, slots=True)
class Kept:
    """All that somebody answers for, whether now or in the time to come."""

    pumps: list[Pump]
    watches: list[Watch]
    clinics: list[Clinic]  # whose last resort they are
    deputy_of: list[Membership]
    covers: list[Absence]  # running or coming ones of others, which they cover
    duties: list[Duty]
    policies: list[Policy]  # newest versions with a step that names them

    def clinic_ids(self) -> set[int]:
        """Where the heir has to work."""
        rows: tuple[Any, ...] = (
            *self.pumps,
            *self.watches,
            *self.deputy_of,
            *self.covers,
            *self.duties,
            *self.policies,
        )
        return {one.clinic_id for one in rows} | {one.id for one in self.clinics}

    def only_of(self, clinic_id: int) -> "Kept":
        """The part of it that belongs to one clinic."""

        def ours(rows: list[Any]) -> list[Any]:
            return [one for one in rows if one.clinic_id == clinic_id]

        return Kept(
            ours(self.pumps),
            ours(self.watches),
            [one for one in self.clinics if one.id == clinic_id],
            ours(self.deputy_of),
            ours(self.covers),
            ours(self.duties),
            ours(self.policies),
        )


def leave(session: Session, staff: Staff, *, hand_to: Staff | None, now: datetime) -> int:
    """Mark somebody as left, who is signed out at once; how many pumps changed hands.

    Raises StillAnswers, which lists what has to be handed over, without `hand_to`.
    """
    if staff.left_at is not None:
        raise TrackerError(f"{staff.name} has left already.")
    kept = _kept_by(session, staff, now=now)
    _pass_on(session, kept, staff, hand_to, now=now)
    _let_go(session, Absence.staff_id == staff.id, now=now)
    silences.break_of(session, staff, f"{staff.name} has left", now=now)
    staff.left_at, staff.session_token = now, new_token()
    session.flush()
    return len(kept.pumps)


def leave_clinic(
    session: Session, membership: Membership, *, hand_to: Staff | None, now: datetime
) -> int:
    """Let somebody work in their other clinics only; how many pumps changed hands here."""
    staff, clinic_id = membership.staff, membership.clinic_id
    kept = _kept_by(session, staff, now=now).only_of(clinic_id)
    _pass_on(session, kept, staff, hand_to, now=now)
    theirs = sa.and_(Absence.staff_id == staff.id, Absence.clinic_id == clinic_id)
    _let_go(session, theirs, now=now)
    why = f"{staff.name} works here no longer"
    silences.break_of(session, staff, why, clinic_id=clinic_id, now=now)
    session.delete(membership)
    session.flush()
    return len(kept.pumps)


def answers_for(session: Session, staff: Staff, clinic_id: int, *, now: datetime) -> list[str]:
    """All that somebody answers for in a clinic, in words; of many pumps the first few."""
    theirs = _pumps_of(staff).where(Pump.clinic_id == clinic_id)
    owned = theirs.with_only_columns(Pump.id)
    others = _watches_of(staff).where(
        Watch.clinic_id == clinic_id,
        sa.or_(Watch.pump_id.is_(None), Watch.pump_id.not_in(owned)),
    )
    pumps, more_pumps = _first(session, theirs)
    watches, more_watches = _first(session, others)
    found = replace(_besides(session, staff, now=now), pumps=pumps, watches=watches)
    return [
        *_said(found.only_of(clinic_id)),
        *([f"{more_pumps} more pumps"] if more_pumps else []),
        *([f"{more_watches} more watches"] if more_watches else []),
    ]


def _first(session: Session, asked: sa.Select[Any]) -> tuple[list[Any], int]:
    """The first few rows, and how many there are besides: one page, whatever is stored."""
    found = list(session.scalars(asked.limit(MOST_NAMED + 1)))
    if len(found) <= MOST_NAMED:
        return found, 0
    counted = sa.select(sa.func.count()).select_from(asked.order_by(None).subquery())
    return found[:MOST_NAMED], (session.scalar(counted) or 0) - MOST_NAMED


def _pumps_of(staff: Staff) -> sa.Select[Pump]:
    pumps = sa.select(Pump).where(Pump.owner_id == staff.id, Pump.ended_at.is_(None))
    return pumps.order_by(Pump.id)


def _watches_of(staff: Staff) -> sa.Select[Watch]:
    watches = sa.select(Watch).where(Watch.owner_id == staff.id, Watch.closed_at.is_(None))
    return watches.order_by(Watch.id)


def _kept_by(session: Session, staff: Staff, *, now: datetime) -> Kept:
    return replace(
        _besides(session, staff, now=now),
        pumps=list(session.scalars(_pumps_of(staff).with_for_update())),
        watches=list(session.scalars(_watches_of(staff).with_for_update())),
    )


def _besides(session: Session, staff: Staff, *, now: datetime) -> Kept:
    """What they answer for beside pumps and watches."""
    clinics = sa.select(Clinic).where(Clinic.last_resort_id == staff.id)
    of_others = sa.select(Membership).join(Membership.staff)
    deputy_of = of_others.where(Membership.deputy_id == staff.id, Staff.left_at.is_(None))
    covers = sa.select(Absence).where(
        Absence.deputy_id == staff.id, Absence.ends_at > now, Absence.withdrawn_at.is_(None)
    )
    duties = sa.select(Duty).where(
        Duty.staff_id == staff.id, Duty.ends_at > now, Duty.withdrawn_at.is_(None)
    )
    return Kept(
        [],
        [],
        list(session.scalars(clinics.order_by(Clinic.name))),
        list(session.scalars(deputy_of.order_by(Membership.id))),
        list(session.scalars(covers.options(joinedload(Absence.staff)).order_by(Absence.id))),
        list(session.scalars(duties.order_by(Duty.starts_at, Duty.id))),
        naming(session, staff.id),
    )


def _said(kept: Kept) -> list[str]:
    """What is kept, each thing in words."""
    owned = {one.id for one in kept.pumps}
    return [
        *(f"pump {one.id} ({one.serial})" for one in kept.pumps),
        *(f"last resort of {one.name}" for one in kept.clinics),
        *(f"watch {one.id}" for one in kept.watches if one.pump_id not in owned),
        *(f"deputy of {one.staff.name}" for one in kept.deputy_of),
        *(
            f"deputy of {one.staff.name} until {write_day(one.ends_at.date())}"
            for one in kept.covers
        ),
        *(f"duty from {write_day(one.starts_at.date())}" for one in kept.duties),
        *(
            f"named in the {one.risk_class} policy for {one.kind.replace('_', ' ')}"
            for one in kept.policies
        ),
    ]


def _pass_on(
    session: Session, kept: Kept, staff: Staff, heir: Staff | None, *, now: datetime
) -> None:
    """Give all of it to the heir, or refuse where there is none and it isn't nothing."""
    if heir is not None:
        _check_heir(session, staff, heir, kept.clinic_ids())
        _hand_over(session, kept, staff, heir, now=now)
    elif said := _said(kept):
        listed = ", ".join(said)
        raise StillAnswers(
            f"{staff.name} still answers for: {listed}. Name somebody with --hand-to."
        )


def _hand_over(
    session: Session, kept: Kept, staff: Staff, heir: Staff, *, now: datetime
) -> None:
    for pump in kept.pumps:
        pump.owner = heir
    for watch in kept.watches:
        watch.owner = heir
    for clinic in kept.clinics:
        clinic.last_resort = heir
    for membership in kept.deputy_of:  # nobody stands in for themselves
        membership.deputy = heir if membership.staff_id != heir.id else None
    for absence in kept.covers:
        absence.deputy = heir if absence.staff_id != heir.id else None
    for duty in kept.duties:
        _take_duty(session, duty, heir, now=now)
    for policy in kept.policies:
        hand_over(session, policy, staff, heir, now=now)


def _take_duty(session: Session, duty: Duty, heir: Staff, *, now: datetime) -> None:
    """The rest of a duty becomes the heir's; what was done of it stays on record."""
    rest = Duty(
        clinic_id=duty.clinic_id,
        staff_id=heir.id,
        starts_at=max(duty.starts_at, now),
        ends_at=duty.ends_at,
        recorded_at=now,
        recorded_by_id=heir.id,
    )
    if duty.starts_at < now:
        duty.ends_at = now
    else:
        duty.withdrawn_at = now
    session.add(rest)


def _let_go(session: Session, theirs: sa.ColumnElement[bool], *, now: datetime) -> None:
    """Withdraw their own absences: who has left is not away."""
    session.execute(
        sa.update(Absence)
        .where(
            theirs,
            Absence.ends_at > now,
            Absence.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )


def _check_heir(session: Session, staff: Staff, heir: Staff, clinic_ids: set[int]) -> None:
    if heir.id == staff.id or heir.left_at is not None or heir.email_state in UNREACHABLE:
        raise TrackerError(f"{heir.name} can't take over: they have left or can't be reached.")
    works = set(
        session.scalars(
            sa.select(Membership.clinic_id).where(
                Membership.staff_id == heir.id, Membership.role != Role.VIEWER
            )
        )
    )
    for clinic_id in sorted(clinic_ids - works):
        name = session.get_one(Clinic, clinic_id).name
        raise TrackerError(f"{heir.name} can't take over: they don't work in {name}.")
