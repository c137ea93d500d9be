"""How a patient is reached, when it changes: an address mended, a consent given or ended."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.models import AddressState, Consent, Contact, Staff
from tracker.services.numbers import as_kept
from tracker.services.patients import NewContact, add_contact
from tracker.services.stops import ask_if_silenced, is_written_to
from tracker.services.undelivered import answered_of


class NothingSaid(TrackerError):
    code = "nothing_said"


def mend_contact(
    session: Session, contact: Contact, address: str, *, by: Staff, now: datetime
) -> Contact:
    """A new row with the right address; what is known of the old one stays with the old one.

    The consent was given by the person and goes along; at the old address it ends, so that
    nobody is told twice.
    """
    address = as_kept(contact.channel, address)
    if address == contact.address:
        raise NothingSaid("This is the address that is on record.", field="address")
    new = NewContact(contact.relation, contact.name, contact.channel, address)
    stands = contact.standing_consent
    if stands is not None and stands.is_given:
        new = replace(new, consent_how=stands.how)
    mended = add_contact(session, contact.patient, new, by=by, now=now)
    if new.consent_how:
        how = "address replaced by another"  # which is sealed, and said by its own row
        decide_consent(session, contact, is_given=False, how=how, by=by, now=now)
    answered_of(session, contact.patient_id, now=now)
    return mended


def decide_consent(
    session: Session, contact: Contact, *, is_given: bool, how: str, by: Staff, now: datetime
) -> Consent:
    """Write down that messages may, or may no longer, be sent to this contact.

    Where the patient of a running pump can then be written to no more at all, a watch asks its
    owner to agree another way.
    """
    if is_blank(how):
        raise NothingSaid("Say how consent was given or withdrawn.", field="how")
    consent = Consent(is_given=is_given, how=how.strip(), recorded_at=now, recorded_by_id=by.id)
    was_written_to = is_written_to(contact)
    contact.consents.append(consent)
    if is_given and contact.state is AddressState.STOPPED:
        contact.state = AddressState.UNVERIFIED  # only a decision on record lifts a STOP
    session.flush()
    if was_written_to:
        ask_if_silenced(session, contact, now=now)
    answered_of(session, contact.patient_id, now=now)
    return consent
