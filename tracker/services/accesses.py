"""One patient of another clinic, opened in an emergency: for an hour, and reported at once.

See docs/decisions/0019-two-people-and-the-other-clinic.md.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tracker.domain.blank import is_blank
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import (
    AccessReview,
    Clinic,
    EmergencyAccess,
    Patient,
    Programme,
    Pump,
    Role,
    Staff,
    Watch,
)
from tracker.services.faults import Cause, raise_fault
from tracker.services.in_force import newest_of_pump
from tracker.services.lifespans import close_keys
from tracker.services.owners import first_in_role

# Ours: long enough to telephone, to read, and to arrange a refill; short enough that a desk
# that is left open doesn't stay open.
LASTS = timedelta(minutes=60)
REVIEWERS = (Role.ADMINISTRATOR, Role.COORDINATOR)


class NotOpened(TrackerError):
    """A record of another clinic that isn't opened, or whose opening can't be signed off."""

    code = "not_opened"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a patient of another clinic is named: by number, by name and birth date, by pump."""

    mrn: str = ""
    family_name: str = ""
    birth_on: date | None = None
    serial: str = ""


@dataclass(frozen=True, slots=True)
class ShownPump:
    """What saves a life: the pump, its dates, its drug, what it gives."""

    pump: Pump
    watch: Watch
    programme: Programme | None


def find(session: Session, clinic: Clinic, wanted: Wanted) -> list[Patient]:
    """The patients of other clinics who are named exactly; never by a part of a name."""
    if wanted.serial:
        named: sa.ColumnElement[bool] = sa.exists().where(
            Pump.patient_id == Patient.id, Pump.serial == wanted.serial, Pump.ended_at.is_(None)
        )
    elif wanted.mrn:
        named = Patient.mrn == wanted.mrn
    elif wanted.family_name and wanted.birth_on:
        named = Patient.birth_on == wanted.birth_on
    else:
        raise NotOpened(
            "Give the MRN, or family name and birth date, or the serial number of the pump.",
            field="mrn",
        )
    asked = sa.select(Patient).where(Patient.clinic_id != clinic.id, named)
    found = session.scalars(asked.order_by(Patient.id).options(joinedload(Patient.clinic)))
    name = wanted.family_name.casefold()
    return [one for one in found if not name or one.family_name.casefold() == name]


def open_record(
    session: Session, clinic: Clinic, patient: Patient, *, reason: str, by: Staff, now: datetime
) -> EmergencyAccess:
    """Open one patient of another clinic to `by`, and report it to both clinics with it."""
    if patient.clinic_id == clinic.id:
        raise NotOpened("This patient is one of your own clinic.")
    if is_blank(reason):
        raise NotOpened("Say what the emergency is.", field="reason")
    access = EmergencyAccess(
        staff=by,
        from_clinic_id=clinic.id,
        clinic_id=patient.clinic_id,
        patient=patient,
        reason=reason,
        opened_at=now,
        ends_at=now + LASTS,
    )
    session.add(access)
    session.flush()
    for clinic_id in (clinic.id, patient.clinic_id):
        _report(session, access, clinic_id, now=now)
    return access


def _report(
    session: Session, access: EmergencyAccess, clinic_id: int, *, now: datetime
) -> None:
    whose = "one of our patients" if clinic_id == access.clinic_id else "a patient elsewhere"
    cause = Cause(
        _key(access, clinic_id),
        clinic_id,
        f"{access.staff.name} opened the record of {whose} in an emergency.",
        facts=(("access_id", access.id),),
        owner_id=first_in_role(session, clinic_id, Role.ADMINISTRATOR, besides=access.staff_id),
    )
    raise_fault(session, WatchKind.ACCESS, cause, now=now)


def _key(access: EmergencyAccess, clinic_id: int) -> str:
    return f"access:{access.id}:{clinic_id}"


def opened(
    session: Session, access_id: int, staff: Staff, clinic: Clinic, *, now: datetime
) -> EmergencyAccess | None:
    """The opening, if it is this person's, from this clinic, and its time isn't over."""
    return session.scalar(
        sa.select(EmergencyAccess)
        .where(
            EmergencyAccess.id == access_id,
            EmergencyAccess.staff_id == staff.id,
            EmergencyAccess.from_clinic_id == clinic.id,
            EmergencyAccess.opened_at <= now,
            EmergencyAccess.ends_at > now,
        )
        .options(
            joinedload(EmergencyAccess.patient).selectinload(Patient.contacts),
            joinedload(EmergencyAccess.clinic).joinedload(Clinic.last_resort),
        )
    )


def pumps_of(session: Session, access: EmergencyAccess) -> list[ShownPump]:
    """The active pumps of the opened patient, while they are of the clinic that was told."""
    asked = (
        sa.select(Pump, Watch)
        .join(Watch, Watch.open_key == Pump.refill_watch_key)
        .where(Pump.patient_id == access.patient_id, Pump.clinic_id == access.clinic_id)
        .order_by(Pump.id)
        .options(joinedload(Pump.model), joinedload(Watch.owner))
    )
    return [
        ShownPump(
            row.Pump,
            row.Watch,
            session.scalars(newest_of_pump(Programme), {"pump_id": row.Pump.id}).first(),
        )
        for row in session.execute(asked)
    ]


def openings(session: Session, clinic_id: int, *, limit: int) -> list[EmergencyAccess]:
    """What was opened from this clinic or of its patients, the newest first."""
    mine = sa.or_(
        EmergencyAccess.from_clinic_id == clinic_id, EmergencyAccess.clinic_id == clinic_id
    )
    asked = (
        sa.select(EmergencyAccess)
        .where(mine)
        .order_by(EmergencyAccess.id.desc())
        .limit(limit)
        .options(
            joinedload(EmergencyAccess.staff),
            joinedload(EmergencyAccess.patient),
            joinedload(EmergencyAccess.clinic),
            joinedload(EmergencyAccess.from_clinic),
            selectinload(EmergencyAccess.reviews).joinedload(AccessReview.by),
        )
    )
    return list(session.scalars(asked))


def may_review(access: EmergencyAccess, clinic: Clinic, role: Role, staff: Staff) -> bool:
    """Whether this person may sign it off: somebody who leads, never who opened it."""
    leads = role in REVIEWERS or staff.id == clinic.last_resort_id
    return leads and role is not Role.VIEWER and staff.id != access.staff_id


def review(
    session: Session,
    access: EmergencyAccess,
    clinic: Clinic,
    *,
    note: str,
    by: Staff,
    role: Role,
    now: datetime,
) -> None:
    """Write down that one clinic has looked at it, which ends that clinic's watch."""
    if not may_review(access, clinic, role, by):
        raise NotOpened("An administrator, a coordinator or the last resort looks at it, and"
                        " never who opened it.")  # fmt: skip
    if is_blank(note):
        raise NotOpened("Say what you found.", field="note")
    session.refresh(clinic, with_for_update=True)
    session.refresh(access, ["reviews"])
    if any(one.clinic_id == clinic.id for one in access.reviews):
        raise NotOpened("Somebody has looked at it already.")
    row = AccessReview(access=access, clinic_id=clinic.id, by=by, at=now, note=note)
    session.add(row)
    session.flush()
    close_keys(
        session,
        [_key(access, clinic.id)],
        Evidence(EvidenceKind.ACCESS_REVIEW, row.id),
        now=now,
    )
