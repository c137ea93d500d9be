"""Correcting and voiding: the old row stays, a new one names it and says why."""

from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import (
    Bolus,
    Event,
    EventEnd,
    OralMedicine,
    Programme,
    Reading,
    Refill,
    RefillDrug,
    Review,
    Staff,
)
from tracker.services.alarm_reopenings import keep_the_day, look_again
from tracker.services.countersigns import settle_dispute
from tracker.services.in_force import in_force
from tracker.services.undelivered import ask_again
from tracker.services.versions import take_version
from tracker.services.watches import reproject

Record = TypeVar(
    "Record", bound=Refill | Programme | Bolus | Reading | Event | EventEnd | Review
)
Row = TypeVar(
    "Row",
    bound=Refill | Programme | Bolus | Reading | Event | EventEnd | Review | OralMedicine,
)
BOOKKEEPING = {"id", "replaces_id", "is_void", "reason", "recorded_at", "recorded_by_id"}


class NoReason(TrackerError):
    code = "no_reason"


class AlreadyReplaced(TrackerError):
    code = "already_replaced"


def check_correctable(session: Session, record: Row, reason: str) -> None:
    """Refuse a correction without a reason, or of a row that no longer counts."""
    if is_blank(reason):
        raise NoReason("Say why this record is changed.", field="reason")
    table = type(record)
    replaced = session.scalar(sa.select(table.id).where(table.replaces_id == record.id))
    if replaced is not None or record.is_void:
        raise AlreadyReplaced("This record has been corrected or voided already.")


def void(
    session: Session,
    record: Record,
    *,
    reason: str,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> Record:
    """Strike a record out; what was set with a refill goes with it. The dates follow."""
    check_correctable(session, record, reason)
    if isinstance(record, Reading):
        keep_the_day(session, record)
    take_version(session, record.pump, seen_version)
    struck = void_copy(record, reason=reason, by=by, now=now)
    session.add(struck)
    if isinstance(record, Refill):
        for row in rows_set_with(session, record):
            session.add(void_copy(row, reason=reason, by=by, now=now))
    session.flush()
    if isinstance(record, Reading):
        look_again(session, record, now=now)
    if isinstance(record, Refill):
        settle_dispute(
            session, record, evidence=Evidence(EvidenceKind.VOID, struck.id), now=now
        )
    reproject(session, record.pump, because=Evidence(EvidenceKind.VOID, struck.id), now=now)
    if isinstance(record, Refill):
        ask_again(session, record.pump, since=record.filled_at, now=now)
    return struck


def void_copy(record: Row, *, reason: str, by: Staff, now: datetime) -> Row:
    """A row that strikes `record` out: the same facts, marked void."""
    table = type(record)
    facts = {
        column.name: getattr(record, column.name)
        for column in table.__table__.columns
        if column.name not in BOOKKEEPING
    }
    copy = table(**facts)
    copy.replaces_id, copy.is_void, copy.reason = record.id, True, reason.strip()
    copy.recorded_at, copy.recorded_by_id = now, by.id
    if isinstance(record, Refill) and isinstance(copy, Refill):
        copy.drugs = [
            RefillDrug(
                ordinal=drug.ordinal,
                drug_id=drug.drug_id,
                concentration_mcg_per_ml=drug.concentration_mcg_per_ml,
                is_diluted=drug.is_diluted,
            )
            for drug in record.drugs
        ]
    return copy


def rows_set_with(session: Session, refill: Refill) -> list[Programme | Bolus]:
    """The programme and boluses in force that were set at `refill`."""
    found: list[Programme | Bolus] = []
    found += session.scalars(in_force(Programme).where(Programme.refill_id == refill.id))
    found += session.scalars(in_force(Bolus).where(Bolus.refill_id == refill.id))
    return found
