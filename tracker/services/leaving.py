"""Somebody leaves: what they answered for is handed over first, so that nothing is nobody's."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.models import Clinic, Membership, Pump, Role, Staff, Watch
from tracker.services.rosters import UNREACHABLE
from tracker.services.sign_in import new_token


class StillAnswers(TrackerError):
    """Somebody is to leave who owns pumps or is a clinic's last resort."""

    code = "still_answers"


def leave(session: Session, staff: Staff, *, hand_to: Staff | None, now: datetime) -> int:
    """Mark somebody as left, who is signed out at once; how many pumps changed hands.

    Raises StillAnswers, which lists what has to be handed over, without `hand_to`.
    """
    if staff.left_at is not None:
        raise TrackerError(f"{staff.name} has left already.")
    pumps, clinics, watches = _of(session, staff)
    if hand_to is not None:
        _check_heir(session, staff, hand_to, [*pumps, *clinics, *watches])
        for pump in pumps:
            pump.owner = hand_to
        for watch in watches:
            watch.owner = hand_to
        for clinic in clinics:
            clinic.last_resort = hand_to
    elif pumps or clinics or watches:
        raise StillAnswers(_what(staff, pumps, clinics, watches))
    staff.left_at, staff.session_token = now, new_token()
    session.flush()
    return len(pumps)


def _of(session: Session, staff: Staff) -> tuple[list[Pump], list[Clinic], list[Watch]]:
    pumps = sa.select(Pump).where(Pump.owner_id == staff.id, Pump.ended_at.is_(None))
    clinics = sa.select(Clinic).where(Clinic.last_resort_id == staff.id)
    watches = sa.select(Watch).where(Watch.owner_id == staff.id, Watch.closed_at.is_(None))
    return (
        list(session.scalars(pumps.order_by(Pump.id).with_for_update())),
        list(session.scalars(clinics.order_by(Clinic.name))),
        list(session.scalars(watches.order_by(Watch.id).with_for_update())),
    )


def _what(staff: Staff, pumps: list[Pump], clinics: list[Clinic], watches: list[Watch]) -> str:
    kept = [f"pump {one.id} ({one.serial})" for one in pumps]
    kept += [f"last resort of {one.name}" for one in clinics]
    owned = {one.id for one in pumps}
    kept += [f"watch {one.id}" for one in watches if one.pump_id not in owned]
    return f"{staff.name} still answers for: {', '.join(kept)}. Name somebody with --hand-to."


def _check_heir(session: Session, staff: Staff, heir: Staff, kept: list[Any]) -> None:
    if heir.id == staff.id or heir.left_at is not None or heir.email_state in UNREACHABLE:
        raise TrackerError(f"{heir.name} can't take over: they have left or can't be reached.")
    works = set(
        session.scalars(
            sa.select(Membership.clinic_id).where(
                Membership.staff_id == heir.id, Membership.role != Role.VIEWER
            )
        )
    )
    for one in kept:
        clinic_id = one.id if isinstance(one, Clinic) else one.clinic_id
        if clinic_id not in works:
            name = session.get_one(Clinic, clinic_id).name
            raise TrackerError(f"{heir.name} can't take over: they don't work in {name}.")
