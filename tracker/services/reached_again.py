"""What is on record of those who could not be written to: facts for `domain/reached`.

One watch may be about several messages; it is over once there is an answer for each of them.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.message import Channel
from tracker.domain.reached import Asked, Shown, is_another_way, shown_of_all
from tracker.domain.silence import REACHED
from tracker.models import (
    AddressState,
    Consent,
    Contact,
    ContactAttempt,
    DeliveryReport,
    Message,
    Pump,
    Staff,
    Watch,
)
from tracker.services.going_on import is_over
from tracker.services.rosters import UNREACHABLE

# A number at which the last text was lost is not mended because it may be written to again.
NOT_MENDED = (*UNREACHABLE, AddressState.FAILING)
# The messages of which the watch's explanation tells, and since when it asks about later ones.
FIRST, ALSO, SINCE = "message_id", "also", "asked_at"
STOPPED, DECIDED = "stopped_contact_id", "consent_id"  # who wants no more, and by which word


def stopped_key(contact_id: int) -> str:
    """The open key of the watch that asks for another way with a contact."""
    return f"stopped:{contact_id}"


def about(watch: Watch) -> list[int]:
    """The messages of which such a watch asks, the first one first."""
    said = watch.explanation
    first = said.get(FIRST)
    return [] if first is None else [first, *said.get(ALSO, ())]


def evidence(session: Session, watch: Watch) -> Evidence | None:
    """What answers the whole of what such a watch asks; None while something is open."""
    if STOPPED in watch.explanation:
        return _agreed(session, watch)
    found = _messages(session, about(watch))
    shown = shown_of_all(_asked(session, watch, one) for one in found)
    return None if shown is None else _shown(session, watch, found[shown[0]], shown[1])


def end_of(watch: Watch) -> Evidence | None:
    """What was asked about another watch ends with it."""
    return None if watch.closed_at is None else Evidence(EvidenceKind.WATCH, watch.id)


def _messages(session: Session, numbers: Sequence[int]) -> Sequence[Message]:
    asked = sa.select(Message).where(Message.id.in_(numbers)).order_by(Message.id)
    return session.scalars(asked).all()


def _asked(session: Session, watch: Watch, message: Message) -> Asked:
    contact = message.contact
    if contact is None:
        is_mended = _is_mended_staff(session, message)
    else:
        is_mended = _mended(session, watch, message) is not None
    return Asked(
        state=message.state,
        is_to_staff=contact is None,
        is_over=is_over(session, message.watch),
        is_told=contact is not None and _call(session, watch, message) is not None,
        is_mended=is_mended,
        is_refused=contact is not None and contact.state in UNREACHABLE,
        is_withdrawn=contact is not None and _is_withdrawn(watch, message, contact),
    )


def _is_withdrawn(watch: Watch, message: Message, contact: Contact) -> bool:
    """Whether the consent at the message's address was taken back by staff since."""
    stands = contact.standing_consent
    if stands is None or stands.is_given or stands.recorded_by_id is None:
        return False
    return stands.recorded_at >= _asked_at(watch, message)


def _shown(session: Session, watch: Watch, message: Message, shown: Shown) -> Evidence:
    """The record by which it is shown."""
    if shown is Shown.OVER:
        return Evidence(EvidenceKind.WATCH, message.watch_id)
    if shown is Shown.REPORTED:
        return Evidence(EvidenceKind.DELIVERY_REPORT, _report(session, message))
    if shown is Shown.TAKEN:
        return Evidence(EvidenceKind.TAKEN, message.id)
    if shown is Shown.TOLD:
        return Evidence(EvidenceKind.CONTACT_ATTEMPT, _call(session, watch, message))
    mended = _mended(session, watch, message) if message.contact_id else message.staff_id
    return Evidence(EvidenceKind.ADDRESS_MENDED, mended)


def _is_mended_staff(session: Session, message: Message) -> bool:
    staff = session.get_one(Staff, message.staff_id)
    is_email = message.channel is Channel.EMAIL
    state = staff.email_state if is_email else staff.phone_state
    return state not in NOT_MENDED or staff.left_at is not None


def _mended(session: Session, watch: Watch, message: Message) -> int | None:
    """The newest address of this reader that works: of the message, or agreed since."""
    contact = session.get_one(Contact, message.contact_id)
    asked = _working(contact).where(
        sa.or_(Contact.id == contact.id, _agreed_since(watch.opened_at))
    )
    return session.scalar(asked.order_by(Contact.id.desc()).limit(1))


def _working(contact: Contact) -> sa.Select[int]:
    """Where they are written to: nothing goes where none agreed.

    The patient by an address of theirs, a carer by one of a carer's: that Ben has a new number
    reaches no Ada.
    """
    newest = sa.select(sa.func.max(Consent.id)).where(Consent.contact_id == Contact.id)
    return (
        sa.select(Contact.id)
        .join(Consent, Consent.id == newest.correlate(Contact).scalar_subquery())
        .where(
            Contact.patient_id == contact.patient_id,
            Contact.relation == contact.relation,
            Contact.state.not_in(NOT_MENDED),
            Consent.is_given.is_(True),
        )
    )


def _agreed_since(moment: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(Contact.recorded_at >= moment, Consent.recorded_at >= moment)


def _report(session: Session, message: Message) -> int | None:
    """The report by which it is known to have arrived."""
    asked = sa.select(sa.func.max(DeliveryReport.id)).where(
        DeliveryReport.message_id == message.id, DeliveryReport.applied_at.is_not(None)
    )
    return session.scalar(asked)


def _call(session: Session, watch: Watch, message: Message) -> int | None:
    """The call for this watch by which somebody was reached, since it was asked for.

    One that promises another call has not settled it. When it was made is known by the minute.
    """
    asked_at = _asked_at(watch, message)
    asked = sa.select(ContactAttempt.id).where(
        ContactAttempt.watch_id == watch.id,
        ContactAttempt.called_at >= asked_at.replace(second=0, microsecond=0),
        ContactAttempt.recorded_at >= asked_at,
        ContactAttempt.result.in_(REACHED),
        ContactAttempt.next_call_on.is_(None),
    )
    return session.scalar(asked.order_by(ContactAttempt.id.desc()).limit(1))


def _asked_at(watch: Watch, message: Message) -> datetime:
    """Since when it is asked about."""
    said = watch.explanation.get(SINCE, {}).get(str(message.id))
    return watch.opened_at if said is None else datetime.fromisoformat(said)


def _agreed(session: Session, watch: Watch) -> Evidence | None:
    """Another way, agreed with who wants to be written to no more."""
    stopped = session.get_one(Contact, watch.explanation[STOPPED])
    if (ended := _last_pump(session, watch, stopped.patient_id)) is not None:
        return Evidence(EvidenceKind(str(ended.end_kind)), ended.id)
    consent_id = session.scalar(_decided(watch, stopped).limit(1))
    newer = _working(stopped).where(_agreed_since(watch.opened_at))
    contact_id = session.scalar(newer.order_by(Contact.id.desc()).limit(1))
    is_mended = contact_id is not None
    if not is_another_way(is_decided=consent_id is not None, is_mended=is_mended):
        return None
    if consent_id is not None:
        return Evidence(EvidenceKind.ANOTHER_WAY_AGREED, consent_id)
    return Evidence(EvidenceKind.ADDRESS_MENDED, contact_id)


def _last_pump(session: Session, watch: Watch, patient_id: int) -> Pump | None:
    """The pump of the watch, once it has ended and the patient has no other to tell of."""
    asked = sa.select(Pump.id).where(Pump.patient_id == patient_id, Pump.ended_at.is_(None))
    return None if session.scalar(asked.limit(1)) is not None else watch.pump


def _decided(watch: Watch, stopped: Contact) -> sa.Select[int]:
    """What staff have written down of them since: after the word that raised the watch.

    A consent for a number that is somebody else's agrees on nothing.
    """
    asked = sa.select(Consent.id).where(
        Consent.contact_id == stopped.id,
        Consent.recorded_by_id.is_not(None),
        Consent.recorded_at >= watch.opened_at,
    )
    if stopped.state in UNREACHABLE:
        asked = asked.where(Consent.is_given.is_(False))
    word = watch.explanation.get(DECIDED)  # not there in watches of older versions
    return asked if word is None else asked.where(Consent.id > word)
