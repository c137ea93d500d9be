"""What a clinic decides for itself: its last resort, quiet hours, language and number."""

from dataclasses import dataclass
from datetime import time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.domain.languages import NAMES
from tracker.models import Clinic, Membership, Role, Staff
from tracker.services.numbers import e164
from tracker.services.rosters import staff_is_reachable

# Ours: held messages must go out on the same day, so a night is no longer than this.
LONGEST_QUIET_HOURS = 14


class NotSettled(TrackerError):
    """A setting that would leave somebody untold."""

    code = "not_settled"


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """All of them, as one form gives them."""

    last_resort_id: int
    quiet_from: time
    quiet_until: time
    language: str
    list_at: time
    sms_sender: str | None = None
    emergency_plan: str = ""


def possible_last_resorts(session: Session, clinic_id: int) -> list[Staff]:
    """Who may be told when nobody else can be: they work here and can be reached."""
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


def change_settings(session: Session, clinic: Clinic, wanted: ClinicSettings) -> None:
    """Change them all. Raises NotSettled beside the field that can't be so."""
    able = {one.id for one in possible_last_resorts(session, clinic.id)}
    if wanted.last_resort_id not in able:
        raise NotSettled(
            "The last resort must work here and be reachable by e-mail.", field="last_resort_id"
        )
    _check_quiet(wanted)
    if wanted.language not in NAMES:
        raise NotSettled("Choose a language of the list.", field="language")
    clinic.last_resort_id = wanted.last_resort_id
    clinic.quiet_from, clinic.quiet_until = wanted.quiet_from, wanted.quiet_until
    clinic.language, clinic.list_at = wanted.language, wanted.list_at
    clinic.sms_sender = _sender(session, clinic, wanted.sms_sender)
    clinic.emergency_plan = wanted.emergency_plan
    session.flush()


def _check_quiet(wanted: ClinicSettings) -> None:
    start, end = (one.hour * 60 + one.minute for one in (wanted.quiet_from, wanted.quiet_until))
    if (end - start) % (24 * 60) > LONGEST_QUIET_HOURS * 60:
        raise NotSettled(
            f"More than {LONGEST_QUIET_HOURS} quiet hours would hold messages too long.",
            field="quiet_until",
        )


def _sender(session: Session, clinic: Clinic, typed: str | None) -> str | None:
    """The clinic's own number for texts: answers come to it, so no other clinic has it."""
    if not typed:
        return None
    number = e164(typed, field="sms_sender")
    taken = sa.select(Clinic.id).where(Clinic.sms_sender == number, Clinic.id != clinic.id)
    if session.scalar(taken) is not None:
        raise NotSettled("Another clinic has this number already.", field="sms_sender")
    return number
