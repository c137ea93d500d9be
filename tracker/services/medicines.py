"""What a patient takes by mouth: begun, corrected, ended, asked for. No date hangs on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.domain.medicines import MedicineKind, asked_and_none
from tracker.models import OralMedicine, Patient, Staff
from tracker.services.corrections import NoReason, check_correctable, void_copy
from tracker.services.in_force import in_force
from tracker.services.versions import stay_here


class NotTaken(TrackerError):
    """A medicine that can't be written down so."""

    code = "not_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineFacts:
    """A medicine as entered: the dose at one time, and how often; None is "as needed"."""

    kind: MedicineKind
    name: str
    dose_mcg: Decimal | None
    times_a_day: Decimal | None
    since_on: date
    until_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ByMouth:
    """What is known for one patient: what is taken, what was, and whether anybody asked."""

    current: tuple[OralMedicine, ...] = ()
    past: tuple[OralMedicine, ...] = ()
    none_on: date | None = None  # asked on that day, and takes nothing
    none_id: int | None = None  # the row that says so

    @property
    def is_known(self) -> bool:
        return bool(self.current) or self.none_on is not None


NOTHING_KNOWN = ByMouth()


def by_mouth(
    session: Session, patient_ids: Iterable[int], *, today: date
) -> dict[int, ByMouth]:
    """What is known for each of these patients; none of whom was asked is left out."""
    asked = (
        in_force(OralMedicine)
        .where(OralMedicine.patient_id.in_(list(patient_ids)))
        .order_by(OralMedicine.since_on.desc(), OralMedicine.id.desc())
    )
    found: dict[int, list[OralMedicine]] = {}
    for row in session.scalars(asked):
        found.setdefault(row.patient_id, []).append(row)
    return {patient_id: _known(rows, today) for patient_id, rows in found.items()}


def _known(rows: list[OralMedicine], today: date) -> ByMouth:
    taken = {row.id: row.as_taken() for row in rows}
    medicines = [row for row in rows if row.kind is not MedicineKind.NONE]
    none_on = asked_and_none(taken.values(), today=today)
    nones = [row for row in rows if row.kind is MedicineKind.NONE and row.since_on == none_on]
    return ByMouth(
        tuple(row for row in medicines if taken[row.id].is_taken(today)),
        tuple(row for row in medicines if not taken[row.id].is_taken(today)),
        none_on,
        nones[0].id if nones else None,
    )


def begin_medicine(
    session: Session, patient: Patient, facts: MedicineFacts, *, by: Staff, now: datetime
) -> OralMedicine:
    """Write down what the patient takes from a day on; the same form sent twice once."""
    stay_here(session, patient)
    row = _checked(patient, facts, now=now)
    known = session.scalars(in_force(OralMedicine).where(OralMedicine.patient_id == patient.id))
    if any(_is_same(one, row) for one in known):
        raise NotTaken("This medicine is written down already.", field="name")
    return _add(session, patient, row, by=by, now=now)


def _is_same(one: OralMedicine, other: OralMedicine) -> bool:
    names = ("kind", "name", "dose_mcg", "times_a_day", "since_on", "until_on", "note")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def correct_medicine(
    session: Session,
    row: OralMedicine,
    facts: MedicineFacts,
    *,
    reason: str,
    by: Staff,
    now: datetime,
) -> OralMedicine:
    """Write down what was really taken, or when it was asked, in a row that names the old one.

    A row that says "takes none" stays one: which day it was is all that could be wrong in it.
    """
    if (row.kind is MedicineKind.NONE) is not (facts.kind is MedicineKind.NONE):
        raise NotTaken("Strike this out, then record what is taken.", field="kind")
    stay_here(session, row.patient)  # of two at once the second sees what the first wrote
    new = _checked(row.patient, facts, now=now)
    check_correctable(session, row, reason)
    # why it ended stays to be read beside why it is corrected
    ended = f"{row.reason}. " if row.until_on and new.until_on and row.reason else ""
    new.replaces_id, new.reason = row.id, f"{ended}Corrected: {reason.strip()}"
    return _add(session, row.patient, new, by=by, now=now)


def _checked(patient: Patient, facts: MedicineFacts, *, now: datetime) -> OralMedicine:
    """The row of these facts; refused where they can't be true."""
    if facts.kind is not MedicineKind.NONE and is_blank(facts.name):
        raise NotTaken("Give the name of the medicine.", field="name")
    if facts.dose_mcg is not None and facts.dose_mcg <= 0:
        raise NotTaken("Give the dose at one time, more than 0.", field="dose")
    if facts.times_a_day is not None and facts.times_a_day <= 0:
        raise NotTaken(
            "Give how often a day, more than 0; leave it empty where it is taken as needed.",
            field="times_a_day",
        )
    _check_day(patient, facts.since_on, "since_on", now=now)
    if facts.until_on is not None:
        _check_end(patient, facts.since_on, facts.until_on, now=now)
    return OralMedicine(
        kind=facts.kind,
        name=facts.name.strip(),
        dose_mcg=facts.dose_mcg,
        times_a_day=facts.times_a_day,
        since_on=facts.since_on,
        until_on=facts.until_on,
        note=facts.note.strip(),
    )


def record_none(
    session: Session, patient: Patient, *, asked_on: date, by: Staff, now: datetime
) -> OralMedicine:
    """Write down that the patient was asked, and takes nothing of the kind."""
    stay_here(session, patient)
    _check_day(patient, asked_on, "asked_on", now=now)
    today = now.astimezone(patient.clinic.zone).date()
    known = by_mouth(session, [patient.id], today=today).get(patient.id, NOTHING_KNOWN)
    if known.current:
        raise NotTaken(
            f"{known.current[0].name} is on record as taken: end it first.", field="asked_on"
        )
    if known.none_on == asked_on:
        raise NotTaken("That is written down already.", field="asked_on")
    row = OralMedicine(kind=MedicineKind.NONE, name="", since_on=asked_on)
    return _add(session, patient, row, by=by, now=now)


def _check_day(patient: Patient, day: date, field: str, *, now: datetime) -> None:
    if day > now.astimezone(patient.clinic.zone).date():
        raise NotTaken("This lies in the future.", field=field)
    if day < patient.birth_on:
        raise NotTaken("This lies before the patient was born.", field=field)


def _check_end(patient: Patient, since_on: date, until_on: date, *, now: datetime) -> None:
    _check_day(patient, until_on, "until_on", now=now)
    if until_on < since_on:
        raise NotTaken("It can't end before it began.", field="until_on")


def _add(
    session: Session, patient: Patient, row: OralMedicine, *, by: Staff, now: datetime
) -> OralMedicine:
    stay_here(session, patient)
    row.patient, row.recorded_at, row.recorded_by_id = patient, now, by.id
    session.add(row)
    session.flush()
    return row


def end_medicine(
    session: Session,
    row: OralMedicine,
    *,
    until_on: date,
    reason: str,
    by: Staff,
    now: datetime,
) -> OralMedicine:
    """Write down the last day of a medicine, in a row that takes the place of the first."""
    stay_here(session, row.patient)
    _check_end(row.patient, row.since_on, until_on, now=now)
    check_correctable(session, row, reason)
    ended = void_copy(row, reason=reason, by=by, now=now)
    ended.is_void, ended.until_on = False, until_on
    return _add(session, row.patient, ended, by=by, now=now)


def strike_out(
    session: Session, row: OralMedicine, *, reason: str, by: Staff, now: datetime
) -> OralMedicine:
    """Take back what was never so; it stays on record as struck out."""
    if is_blank(reason):
        raise NoReason("Say why it is struck out.", field="reason")
    stay_here(session, row.patient)
    check_correctable(session, row, reason)
    return _add(
        session, row.patient, void_copy(row, reason=reason, by=by, now=now), by=by, now=now
    )
