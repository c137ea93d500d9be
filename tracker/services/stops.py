"""No more messages to somebody: by their own word or as staff write it down. Staff are asked
for another way.

It ends texts, not the danger: the refill watch goes on.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel
from tracker.models import AddressState, Consent, Contact, Patient, Pump, Staff
from tracker.models.sealed import is_at
from tracker.services import silences
from tracker.services.faults import Cause, raise_fault
from tracker.services.reached_again import DECIDED, STOPPED, stopped_key
from tracker.services.rosters import RELATIONS, UNREACHABLE


def contacts_with(session: Session, channel: Channel, address: str) -> Sequence[Contact]:
    """Every contact at this address, in whichever clinic."""
    there = is_at(session, Contact.address, Contact.address_mark, address)
    asked = sa.select(Contact).where(Contact.channel == channel, there)
    patient = joinedload(Contact.patient).joinedload(Patient.clinic)
    return session.scalars(asked.order_by(Contact.id).options(patient)).all()


def stop(
    session: Session,
    channel: Channel,
    address: str,
    *,
    how: str,
    state: AddressState = AddressState.STOPPED,
    now: datetime,
) -> None:
    """Block an address: all contacts and staff that have it; a watch for each contact."""
    for contact in contacts_with(session, channel, address):
        stop_contact(session, contact, how=how, state=state, now=now)
    column = Staff.email if channel is Channel.EMAIL else Staff.phone
    for staff in session.scalars(sa.select(Staff).where(column == address)):
        if channel is Channel.EMAIL:
            staff.email_state = state
        else:
            staff.phone_state = state
    session.flush()


def stop_contact(
    session: Session,
    contact: Contact,
    *,
    how: str,
    state: AddressState = AddressState.STOPPED,
    now: datetime,
) -> None:
    """Write no more to this contact, by their own word; staff are asked for another way."""
    contact.state = state
    contact.consents.append(Consent(is_given=False, how=how, recorded_at=now))
    session.flush()
    _ask_for_another_way(session, contact, now=now)


def is_written_to(contact: Contact) -> bool:
    """Whether messages go to this contact: as `rosters.learn_contacts` asks of many.

    To a patient or a carer, whose consent stands and whose address isn't refused.
    """
    stands = contact.standing_consent
    is_reader = contact.relation in RELATIONS.values()
    is_open = stands is not None and stands.is_given and contact.state not in UNREACHABLE
    return is_reader and is_open


def ask_if_silenced(session: Session, contact: Contact, *, now: datetime) -> None:
    """Ask for another way once nobody can be written to for the patient of a running pump."""
    asked = sa.select(Contact).where(Contact.patient_id == contact.patient_id)
    is_silent = not any(is_written_to(one) for one in session.scalars(asked))
    if is_silent and _running_pump(session, contact) is not None:
        _ask_for_another_way(session, contact, now=now)


def _running_pump(session: Session, contact: Contact) -> Pump | None:
    asked = sa.select(Pump).where(
        Pump.patient_id == contact.patient_id, Pump.ended_at.is_(None)
    )
    held = asked.with_for_update(read=True, key_share=True)  # it may be handed over just now
    newest = held.order_by(Pump.id.desc()).limit(1)
    return session.scalar(newest.execution_options(populate_existing=True))


def _ask_for_another_way(session: Session, contact: Contact, *, now: datetime) -> None:
    pump, name = _running_pump(session, contact), contact.name
    if contact.state is AddressState.INVALID:
        sentence = f"{name}'s number belongs to somebody else: ask for the right one."
    else:
        things = "e-mails" if contact.channel is Channel.EMAIL else "texts"
        sentence = f"{name} asked for no more {things}: agree another way, and write it down."
    cause = Cause(
        stopped_key(contact.id),
        pump.clinic_id if pump else contact.patient.clinic_id,
        sentence,
        pump_id=pump.id if pump else None,
        facts=((STOPPED, contact.id), (DECIDED, contact.consents[-1].id)),
        owner_id=pump.owner_id if pump else None,
    )
    raise_fault(session, WatchKind.UNDELIVERABLE, cause, now=now)
    if pump is not None:
        silences.break_for(session, pump.id, f"{name} can't be written to now", now=now)
