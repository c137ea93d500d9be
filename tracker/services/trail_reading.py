"""Reading the trail: what the privacy officer looks for, and a patient's access report.

A page costs what it shows: every question is answered from the end of an index.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.trail import Act
from tracker.models import Membership, Patient, Staff, TrailEntry, TrailPatient

AT_ONCE = 500  # of a report that is written to a file


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None means everything."""

    staff_id: int | None = None
    patient_id: int | None = None
    act: Act | None = None
    since: datetime | None = None
    until: datetime | None = None


def of_clinic(
    session: Session,
    clinic_id: int,
    wanted: Wanted,
    *,
    after: tuple[datetime, int] | None = None,
    limit: int,
) -> list[TrailEntry]:
    """The clinic's entries, newest first; `after` is the last one of the page before."""
    if wanted.patient_id is not None:
        number = after[1] if after else None
        return _of_patient(session, clinic_id, wanted, before=number, limit=limit)
    here = sa.tuple_(TrailEntry.at, TrailEntry.id)
    asked = (
        sa.select(TrailEntry)
        .where(TrailEntry.clinic_id == clinic_id, *_narrowed(wanted))
        .order_by(TrailEntry.at.desc(), TrailEntry.id.desc())
        .limit(limit)
    )
    if after is not None:
        asked = asked.where(
            here < sa.tuple_(sa.literal(after[0], TrailEntry.at.type), after[1])
        )
    return list(session.scalars(asked))


def _narrowed(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.staff_id is not None:
        yield TrailEntry.staff_id == wanted.staff_id
    if wanted.act is not None:
        yield TrailEntry.act == wanted.act
    if wanted.since is not None:
        yield TrailEntry.at >= wanted.since
    if wanted.until is not None:
        yield TrailEntry.at < wanted.until


def _of_patient(
    session: Session, clinic_id: int, wanted: Wanted, *, before: int | None, limit: int
) -> list[TrailEntry]:
    """By two indexes, newest first: those of the patient alone, and those among others."""
    alone = sa.select(TrailEntry.id).where(TrailEntry.patient_id == wanted.patient_id)
    among = (
        sa.select(TrailPatient.entry_id.label("id"))
        .join(TrailEntry, TrailEntry.id == TrailPatient.entry_id)
        .where(TrailPatient.patient_id == wanted.patient_id)
    )
    halves = []
    for half, number in ((alone, TrailEntry.id), (among, TrailPatient.entry_id)):
        found = half.where(TrailEntry.clinic_id == clinic_id, *_narrowed(wanted))
        if before is not None:
            found = found.where(number < before)
        halves.append(sa.select(found.order_by(number.desc()).limit(limit).subquery().c.id))
    numbers = sa.union(*halves).subquery()
    asked = (
        sa.select(TrailEntry)
        .where(TrailEntry.id.in_(sa.select(numbers.c.id)))
        .order_by(TrailEntry.id.desc())
        .limit(limit)
    )
    return list(session.scalars(asked))


def whole_report(session: Session, patient: Patient) -> Iterator[TrailEntry]:
    """Everybody who saw or changed anything of this patient, newest first."""
    wanted, before = Wanted(patient_id=patient.id), None
    while True:
        stretch = _of_patient(session, patient.clinic_id, wanted, before=before, limit=AT_ONCE)
        yield from stretch
        if len(stretch) < AT_ONCE:
            return
        before = stretch[-1].id


def names_of(session: Session, found: Sequence[TrailEntry]) -> dict[int, str]:
    """The patients that these entries name, by number."""
    numbers = {one.patient_id for one in found if one.patient_id is not None}
    if not numbers:
        return {}
    # as objects, so that this page too is told to have shown them
    rows = session.scalars(sa.select(Patient).where(Patient.id.in_(numbers)))
    return {row.id: f"{row.family_name}, {row.given_name}" for row in rows}


def people_of(session: Session, clinic_id: int) -> list[tuple[int, str]]:
    """Those who work in the clinic, whose entries can be looked for."""
    asked = (
        sa.select(Staff.id, Staff.name)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.clinic_id == clinic_id)
        .order_by(Staff.name)
    )
    return [(row.id, row.name) for row in session.execute(asked)]
