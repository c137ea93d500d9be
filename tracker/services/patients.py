"""Registering patients, and finding them again."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import InTheFuture, TrackerError
from tracker.domain.languages import NAMES
from tracker.domain.message import Channel
from tracker.models import AddressState, Clinic, Consent, Contact, Patient, Relation, Staff
from tracker.services.numbers import as_kept


class AlreadyRegistered(TrackerError):
    code = "already_registered"


class UnknownLanguage(TrackerError):
    code = "unknown_language"


class AddressOnRecord(TrackerError):
    code = "address_on_record"


class NotAnAddress(TrackerError):
    code = "not_an_address"


@dataclass(frozen=True, slots=True)
class NewContact:
    """An address or number to be recorded; `consent_how` says how consent was given, if any."""

    relation: Relation
    name: str
    channel: Channel
    address: str
    consent_how: str | None = None


def register_patient(
    session: Session,
    clinic: Clinic,
    *,
    mrn: str,
    family_name: str,
    given_name: str,
    birth_on: date,
    contacts: Sequence[NewContact] = (),
    risk_raised_because: str | None = None,
    language: str | None = None,
    by: Staff,
    now: datetime,
) -> Patient:
    """Write down a new patient of `clinic`. The same MRN a second time is refused."""
    if birth_on > now.astimezone(clinic.zone).date():
        raise InTheFuture("The date of birth lies in the future.", field="birth_on")
    known = sa.select(Patient).where(Patient.clinic_id == clinic.id, Patient.mrn == mrn)
    if same := session.scalar(known):
        raise AlreadyRegistered(
            f"MRN {mrn} is already {same.family_name}, {same.given_name}. Open that patient.",
            field="mrn",
        )
    patient = Patient(
        clinic=clinic,
        mrn=mrn,
        family_name=family_name,
        given_name=given_name,
        birth_on=birth_on,
        risk_raised_because=risk_raised_because or None,
        language=_known(language),
        registered_at=now,
        registered_by_id=by.id,
    )
    session.add(patient)
    session.flush()
    for contact in contacts:
        add_contact(session, patient, contact, by=by, now=now)
    return patient


def change_language(session: Session, patient: Patient, language: str | None) -> None:
    """Write down in which language a patient is written to; None is the clinic's."""
    patient.language = _known(language)
    session.flush()


def _known(language: str | None) -> str | None:
    if language and language not in NAMES:
        raise UnknownLanguage("Choose a language of the list.", field="language")
    return language or None


def add_contact(
    session: Session, patient: Patient, new: NewContact, *, by: Staff, now: datetime
) -> Contact:
    """Write down one address or number, with the consent that was given for it."""
    if new.channel is Channel.EMAIL and not _looks_like_email(new.address):
        raise NotAnAddress(f"{new.address} is not an e-mail address.", field="address")
    _refuse_twice(session, patient, new)
    contact = Contact(
        patient=patient,
        relation=new.relation,
        name=new.name,
        channel=new.channel,
        address=as_kept(new.channel, new.address),
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(contact)
    if new.consent_how:
        contact.consents.append(
            Consent(is_given=True, how=new.consent_how, recorded_at=now, recorded_by_id=by.id)
        )
    session.flush()
    return contact


def _refuse_twice(session: Session, patient: Patient, new: NewContact) -> None:
    """One row for one address: a consent that is withdrawn on one would stand on the other.

    Not one that was found wrong: nothing goes there, and it may be right again as a new one.
    """
    asked = sa.select(Contact).where(
        Contact.patient_id == patient.id,
        Contact.relation == new.relation,
        Contact.channel == new.channel,
        Contact.state != AddressState.INVALID,
    )
    address = as_kept(new.channel, new.address)
    if any(one.address == address for one in session.scalars(asked)):
        raise AddressOnRecord(
            "This is on record for them already: open it there to write a consent down.",
            field="address",
        )


def _looks_like_email(address: str) -> bool:
    name, at, host = address.partition("@")
    return bool(name and at and "." in host) and not any(c.isspace() for c in address)


def find_patients(
    session: Session, clinic_id: int, text: str, *, limit: int = 50
) -> list[Patient]:
    """The clinic's patients whose name or MRN begins with `text`, or who were born on it."""
    found = sa.select(Patient).where(Patient.clinic_id == clinic_id)
    for word in text.replace(",", " ").split():
        found = found.where(_matches(word))
    return list(
        session.scalars(
            found.order_by(Patient.family_name, Patient.given_name, Patient.id).limit(limit)
        )
    )


def _matches(word: str) -> sa.ColumnElement[bool]:
    either = [
        Patient.family_name.istartswith(word, autoescape=True),
        Patient.given_name.istartswith(word, autoescape=True),
        Patient.mrn.istartswith(word, autoescape=True),
    ]
    with suppress(ValueError):
        either.append(Patient.birth_on == date.fromisoformat(word))
    return sa.or_(*either)
