"""What shows that somebody who could not be written to is known to be told, or can be reached.

One watch may be about several messages; it is over once that is shown for each of them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import Channel, MessageState
from tracker.models import AddressState, Consent, Contact, DeliveryReport, Message, Staff, Watch
from tracker.services.lifespans import Evidence
from tracker.services.rosters import UNREACHABLE

# A number at which the last text was lost is not mended because it may be written to again.
NOT_MENDED = (*UNREACHABLE, AddressState.FAILING)
FIRST, ALSO = "message_id", "also"  # the messages of which the watch's explanation tells


def about(watch: Watch) -> list[int]:
    """The messages of which such a watch asks, the first one first."""
    said = watch.explanation
    first = said.get(FIRST)
    return [] if first is None else [first, *said.get(ALSO, ())]


def evidence(session: Session, watch: Watch) -> Evidence | None:
    """A mended or new address, the refill it was about, a late report: of every message."""
    if (contact_id := watch.explanation.get("stopped_contact_id")) is not None:
        return _agreed(session, watch, session.get_one(Contact, contact_id))
    found: Evidence | None = None
    for one in _messages(session, about(watch)):
        found = _of_message(session, watch, one)
        if found is None:
            return None
    return found


def end_of(watch: Watch) -> Evidence | None:
    """What ended another watch, and with it what is asked about it."""
    if watch.closed_at is None or watch.evidence_kind is None:
        return None
    return Evidence(watch.evidence_kind, watch.evidence_id or watch.id)


def _messages(session: Session, numbers: Sequence[int]) -> Sequence[Message]:
    asked = sa.select(Message).where(Message.id.in_(numbers)).order_by(Message.id)
    return session.scalars(asked).all()


def _of_message(session: Session, watch: Watch, message: Message) -> Evidence | None:
    if message.contact is None:
        # A refill mends no colleague's address: the next notice would be missed as well.
        return _mended_staff(session.get_one(Staff, message.staff_id), message.channel)
    if (end := end_of(message.watch)) is not None:
        return end
    if message.state is MessageState.DELIVERED:
        return _reported(session, message)
    if message.state in (MessageState.UNKNOWN, MessageState.CANCELLED):
        return None  # the address may be right; whether they were told is what is asked
    asked = (
        sa.select(Contact.id)
        .where(
            Contact.patient_id == message.contact.patient_id,
            sa.or_(Contact.id == message.contact_id, Contact.recorded_at >= watch.opened_at),
            Contact.state.not_in(NOT_MENDED),
        )
        .order_by(Contact.id.desc())
    )
    contact_id = session.scalar(asked.limit(1))
    return None if contact_id is None else Evidence("address_mended", contact_id)


def _reported(session: Session, message: Message) -> Evidence:
    """The report by which it is known to have arrived."""
    asked = sa.select(sa.func.max(DeliveryReport.id)).where(
        DeliveryReport.message_id == message.id, DeliveryReport.applied_at.is_not(None)
    )
    return Evidence("delivery_report", session.scalar(asked))


def _agreed(session: Session, watch: Watch, stopped: Contact) -> Evidence | None:
    """What shows that another way was agreed with who asked for no more texts.

    A new contact, or a decision that staff wrote down since: both say somebody spoke to them.
    """
    asked = (
        sa.select(Consent.id)
        .join(Contact, Contact.id == Consent.contact_id)
        .where(
            Contact.patient_id == stopped.patient_id,
            Consent.recorded_by_id.is_not(None),
            Consent.recorded_at >= watch.opened_at,
        )
    )
    if (consent_id := session.scalar(asked.limit(1))) is not None:
        return Evidence("another_way_agreed", consent_id)
    newer = sa.select(Contact.id).where(
        Contact.patient_id == stopped.patient_id,
        Contact.recorded_at >= watch.opened_at,
        Contact.state.not_in(NOT_MENDED),
    )
    contact_id = session.scalar(newer.limit(1))
    return None if contact_id is None else Evidence("address_mended", contact_id)


def _mended_staff(staff: Staff, channel: Channel) -> Evidence | None:
    state = staff.email_state if channel is Channel.EMAIL else staff.phone_state
    works = state not in NOT_MENDED
    return Evidence("address_mended", staff.id) if works or staff.left_at is not None else None
