"""The working day: rows of several clinics together, and lists to telephone by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tracker.domain.danger import Bucket, bucket_between, bucket_edges
from tracker.domain.ranking import END, PLACE, Key, Rank
from tracker.models import Clinic, ContactAttempt, Patient, Pump, Watch
from tracker.services.boards import (
    BoardFilters,
    BoardRow,
    Count,
    Counts,
    board_counts,
    board_rows,
    hidden_late,
)

Owners = Mapping[int, tuple[int, ...]] | None  # by clinic, whose rows; None: everybody's
LOOK_BACK = timedelta(days=365)  # ours: by then their habits are others
MOST_SPOKEN = 3  # ours: enough to see a habit


def rows_of_clinics(
    session: Session,
    clinics: Iterable[Clinic],
    filters: BoardFilters,
    owners: Owners,
    *,
    after: Key | None = None,
    limit: int,
    now: datetime,
) -> list[BoardRow]:
    """The worst rows of all these clinics together; each is asked for no more than is shown."""
    found: list[BoardRow] = []
    for clinic in clinics:
        own = _own(filters, owners, clinic)
        found += board_rows(session, clinic, own, after=after, limit=limit, now=now)
    found.sort(key=lambda row: (row.place, row.danger_at or END, row.watch_id))
    return list(islice(found, limit))


def counts_of_clinics(session: Session, clinics: Iterable[Clinic], *, now: datetime) -> Counts:
    """The counts of all these clinics together."""
    each = [board_counts(session, one, now=now) for one in clinics]
    return Counts(
        {bucket: total(one.buckets[bucket] for one in each) for bucket in Bucket},
        total(one.open_alarms for one in each),
        total(one.due_calls for one in each),
    )


def hidden_of_clinics(
    session: Session,
    clinics: Iterable[Clinic],
    filters: BoardFilters,
    owners: Owners,
    *,
    now: datetime,
) -> Count:
    """How many late rows of all these clinics the filters leave out."""
    return total(
        hidden_late(session, one, _own(filters, owners, one), now=now) for one in clinics
    )


def total(counts: Iterable[Count]) -> Count:
    """All of them together; "more" where any is."""
    each = list(counts)
    return Count(sum(one.n for one in each), any(one.is_more for one in each))


def _own(filters: BoardFilters, owners: Owners, clinic: Clinic) -> BoardFilters:
    return replace(filters, owner_ids=owners[clinic.id]) if owners else filters


def watches_to_call(
    session: Session, clinic: Clinic, numbers: Sequence[int], *, now: datetime
) -> list[Watch]:
    """These open watches of the clinic's own pumps with what a caller needs, worst first."""
    pump = joinedload(Watch.pump)
    patient = pump.joinedload(Pump.patient)
    asked = (
        sa.select(Watch)
        .join(Pump, Pump.id == Watch.pump_id)
        .where(
            Watch.id.in_(numbers),
            Watch.clinic_id == clinic.id,
            Pump.clinic_id == clinic.id,
            Watch.closed_at.is_(None),
        )
        .options(
            pump.joinedload(Pump.model),
            patient.selectinload(Patient.contacts),
            patient.joinedload(Patient.clinic),
            joinedload(Watch.owner),
        )
    )
    edges = bucket_edges(now=now, zone=clinic.zone)

    def stands(one: Watch) -> tuple[int, datetime, int]:
        place = PLACE[Rank(one.rank), bucket_between(one.danger_at, edges)]
        return place, one.danger_at or END, one.id

    return sorted(session.scalars(asked), key=stands)


def calls_by_patient(
    session: Session, clinic: Clinic, patient_ids: Iterable[int], *, now: datetime
) -> dict[int, list[ContactAttempt]]:
    """What came of the clinic's calls for these patients' pumps in a year, the newest first."""
    ids = list(patient_ids)
    asked = (
        sa.select(Pump.patient_id, ContactAttempt)
        .join(Watch, Watch.id == ContactAttempt.watch_id)
        .join(Pump, Pump.id == Watch.pump_id)
        .where(
            Pump.patient_id.in_(ids),
            Watch.clinic_id == clinic.id,
            ContactAttempt.called_at > now - LOOK_BACK,
        )
        .options(joinedload(ContactAttempt.by), selectinload(ContactAttempt.contact))
        .order_by(ContactAttempt.called_at.desc(), ContactAttempt.id.desc())
    )
    found: dict[int, list[ContactAttempt]] = {one: [] for one in ids}
    for patient_id, call in session.execute(asked):
        found[patient_id].append(call)
    return found
