"""Taking in what a clinic's sheet tells of: each row whole or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError, UnknownDrugLimit
from tracker.domain.message import Channel
from tracker.domain.plausibility import about_mismatch, about_printed_share
from tracker.domain.recall import plain_serial
from tracker.domain.sheet_record import SheetRecord
from tracker.models import Clinic, Patient, Pump, Relation, Role, Staff
from tracker.services.charts import chart_of
from tracker.services.import_checks import Present, ThereAlready, present_of
from tracker.services.owners import first_in_role, possible_owners
from tracker.services.patients import NewContact, add_contact, register_patient
from tracker.services.programmes import ProgrammeFacts, offset_minutes
from tracker.services.pump_checks import PumpDetails, is_member
from tracker.services.pumps import implant_with
from tracker.services.readings import ReadingFacts, record_interrogation
from tracker.services.refill_checks import NOT_PRINTED
from tracker.services.refills import DrugFacts, RefillFacts, preview_refill, record_refill
from tracker.services.versions import hold_clinic

LONGEST_REASON = 4000
WHERE_THE_LIMIT_GOES = (
    "In the sheet it stands in a column headed “stability days”: give this row its number of"
    " days, and read the sheet again. Until then this pump is not watched: keep it on your own"
    " list."
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one row: imported, there already, or refused with the reason."""

    outcome: str
    reason: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from, who brings them in and when."""

    name: str
    zone: ZoneInfo
    by: Staff
    owner: Staff
    now: datetime


def importer(session: Session, clinic: Clinic, email: str | None = None) -> Staff:
    """Who brings a sheet in: whoever is named, else a coordinator, an administrator, or who is
    told when nobody else can be."""
    if email is not None:
        asked = sa.select(Staff).where(Staff.email == email.strip().lower())
        named = session.scalar(asked)
        if named is None or not is_member(session, named, clinic.id):
            raise TrackerError(f"Nobody with the address {email} works in {clinic.name}.")
        return named
    found = first_in_role(session, clinic.id, Role.COORDINATOR) or first_in_role(
        session, clinic.id, Role.ADMINISTRATOR
    )
    return session.get_one(Staff, found or clinic.last_resort_id)


def source_of(
    session: Session,
    clinic: Clinic,
    name: str,
    *,
    zone: ZoneInfo | None,
    by: Staff,
    now: datetime,
) -> Source:
    """A sheet's source; its pumps are answered for by who brings it in, if they can be told."""
    able = {one.id for one in possible_owners(session, clinic.id)}
    owner = by if by.id in able else clinic.last_resort
    return Source(name[:120], zone or clinic.zone, by, owner, now)


def take_in(
    session: Session, clinic: Clinic, rows: Iterable[tuple[int, SheetRecord]], source: Source
) -> dict[int, Taken]:
    """Write the rows down, oldest refill first; what became of each, by its number.

    Each row has a savepoint of its own: a bad one never stops the good ones. A database that
    gives way is no row's fault, and what it undid no row's good: that is raised.
    """
    taken = {}
    hold_clinic(session, clinic)  # who sends the same sheet at the same moment waits here
    for number, record in sorted(rows, key=lambda row: (row[1].filled_at(source.zone), row[0])):
        try:
            with session.begin_nested():
                warnings = tuple(_take(session, clinic, number, record, source))
                session.flush()
            taken[number] = Taken("import", warnings=warnings)
        except ThereAlready as there:
            taken[number] = Taken("duplicate", there.message)
        except TrackerError as refused:
            taken[number] = Taken("reject", refused.message.rstrip("."))
        except OperationalError:  # SQLite undoes the whole portion when its disk is full
            raise
        except DBAPIError:
            taken[number] = Taken("reject", "the database refuses what stands in this row")
    return taken


def still_watched(session: Session, clinic: Clinic, ended: dict[int, str]) -> dict[int, str]:
    """What is to be said of pumps that a sheet says have ended, and that are watched here.

    `ended` is their serial numbers by the row; nothing but evidence ends a pump.
    """
    if not ended:
        return {}
    active = sa.select(Pump.serial).where(Pump.clinic_id == clinic.id, Pump.ended_at.is_(None))
    here = {plain_serial(one) for one in session.scalars(active)}
    return {
        row: f"pump {serial} is watched here: end it on its page, with what shows it"
        for row, serial in ended.items()
        if plain_serial(serial) in here
    }


def _take(
    session: Session, clinic: Clinic, number: int, record: SheetRecord, source: Source
) -> Iterator[str]:
    present = present_of(session, clinic, record)
    yield from present.alike
    patient = present.patient
    if patient is None:
        patient = _register(session, clinic, record, source)
        yield from _reached(session, patient, record, source)
    pump = present.pump
    if pump is None:
        yield from _other_pumps(session, patient)
        pump = _implant(session, patient, present, record, source)
    yield from _refill(session, pump, number, record, source)
    if record.eri_months is not None:
        at = record.filled_at(source.zone)
        facts = ReadingFacts(read_at=at, battery_months=record.eri_months)
        reason = _reason(number, record, source)
        record_interrogation(session, pump, facts, reason=reason, by=source.by, now=source.now)


def _register(session: Session, clinic: Clinic, record: SheetRecord, source: Source) -> Patient:
    return register_patient(
        session,
        clinic,
        mrn=record.mrn,
        family_name=record.family_name,
        given_name=record.given_name,
        birth_on=record.birth_date,
        by=source.by,
        now=source.now,
    )


def _reached(
    session: Session, patient: Patient, record: SheetRecord, source: Source
) -> Iterator[str]:
    """Number and address, without a consent; one that can't be used stays in the note."""
    ways = ((Channel.SMS, "telephone", record.phone), (Channel.EMAIL, "e-mail", record.email))
    for channel, word, address in ways:
        if address is None:
            continue
        new = NewContact(Relation.PATIENT, patient.given_name, channel, address)
        try:
            add_contact(session, patient, new, by=source.by, now=source.now)
        except TrackerError:
            line = f"{word.capitalize()} in {source.name}: {address}"
            patient.note = "\n".join(one for one in (patient.note, line) if one)
            yield f"the {word} {address} can't be written to as it is: see the patient's note"


def _other_pumps(session: Session, patient: Patient) -> Iterator[str]:
    asked = sa.select(Pump.serial).where(Pump.patient_id == patient.id, Pump.ended_at.is_(None))
    for serial in session.scalars(asked.order_by(Pump.id)).all():
        yield f"this patient has another pump that is watched, {serial}: was it replaced?"


def _implant(
    session: Session, patient: Patient, present: Present, record: SheetRecord, source: Source
) -> Pump:
    """The pump. No sheet tells the day of its implant: the battery's end stays open."""
    details = PumpDetails(
        serial=record.pump_serial,
        implanted_on=record.filled_at(source.zone).astimezone(patient.clinic.zone).date(),
        is_implant_day_known=False,
        reservoir_capacity_ml=record.pump.reservoir_capacity_ml,
        low_reservoir_alarm_ml=record.alarm_ml,
        owner=source.owner,
    )
    return implant_with(session, patient, present.model, details, by=source.by, now=source.now)


def _refill(
    session: Session, pump: Pump, number: int, record: SheetRecord, source: Source
) -> Iterator[str]:
    facts = _facts(session, pump, record, source)
    try:
        preview = preview_refill(session, pump, facts, now=source.now)
    except UnknownDrugLimit as refused:
        raise UnknownDrugLimit(f"{refused.message} {WHERE_THE_LIMIT_GOES}") from refused
    told = {
        NOT_PRINTED,
        *about_mismatch(preview.new),  # the sheet's reader has said it
        *about_printed_share(preview.new, facts.filled_at, pump.clinic.zone),
    }
    concerns = [one for one in preview.concerns if one not in told]
    record_refill(
        session,
        pump,
        facts,
        reason=_reason(number, record, source),
        by=source.by,
        now=source.now,
    )
    if facts.is_first_fill:
        concerns.append("No earlier fill is known: it is taken for the first of this pump.")
    yield from concerns


def _facts(session: Session, pump: Pump, record: SheetRecord, source: Source) -> RefillFacts:
    at = record.filled_at(source.zone)
    programme = ProgrammeFacts(
        effective_at=at,
        dose_mcg_per_day=record.dose_mcg_day,
        clock_offset_minutes=offset_minutes(at, pump),
        note="from a sheet",
    )
    return RefillFacts(
        filled_at=at,
        instilled_volume_ml=record.volume_after_refill_ml,
        drugs=tuple(
            DrugFacts(one.entry.code, one.concentration_mcg_ml) for one in record.drugs
        ),
        expected_residual_volume_ml=record.residual_expected_ml,
        actual_residual_volume_ml=record.residual_actual_ml,
        programme=programme,
        is_first_fill=_may_be_first(session, pump, record),
        pharmacist_limit_days=record.stability_days,
        printed_alarm_on=record.low_alarm_date,
        unchecked_because=f"imported from {source.name}",
    )


def _may_be_first(session: Session, pump: Pump, record: SheetRecord) -> bool:
    """Where a first fill keeps for less, one that no other comes before is taken for it."""
    limits: Sequence[object] = [one.entry.first_fill_limit_days for one in record.drugs]
    return any(limits) and not chart_of(session, pump).fills


def _reason(number: int, record: SheetRecord, source: Source) -> str:
    note = f" The sheet says: {record.notes}" if record.notes else ""
    return f"Imported from {source.name}, row {number}.{note}"[:LONGEST_REASON]
