"""What a claimed message may say now, or why it must not be sent after all."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.languages import in_order
from tracker.domain.message import MessageState
from tracker.domain.outgoing import Notice
from tracker.domain.standing import Standing
from tracker.models import Clinic, Consent, Message, Patient, Pump, Watch
from tracker.services import addresses, ceilings, hushes, quiet_hours, silences, wordings
from tracker.services.rosters import UNREACHABLE

HANDED_OVER = (MessageState.SENT, MessageState.DELIVERED)
PERHAPS_THERE = (*HANDED_OVER, MessageState.UNKNOWN)
GONE = (MessageState.SUPERSEDED, MessageState.CANCELLED)
# A reminder planned before the date and sent after it speaks of the date as it is now.
PAST_DANGER = {"refill_book": "refill_late"}


def load(session: Session, message_id: int) -> Message:
    """The message with all that deciding and speaking need, in one query."""
    people = (joinedload(Message.staff), joinedload(Message.contact))
    watch = joinedload(Message.watch)
    pump = watch.joinedload(Watch.pump)
    asked = sa.select(Message).where(Message.id == message_id)
    return session.scalars(
        asked.options(*people, watch, pump.joinedload(Pump.patient)),
        execution_options={"populate_existing": True},
    ).one()


def standing(session: Session, message: Message, clinic: Clinic, *, now: datetime) -> Standing:
    """What decides whether this message may still be sent, as it is now."""
    staff, contact = message.staff, message.contact
    ceiling = ceilings.reached(session, message, clinic, now=now)
    silence = hushes.in_force(session, message.watch, now=now)
    return Standing(
        is_over=message.watch.closed_at is not None,
        step=message.step,
        cursor=_stands_on(session, message),
        held_by=silences.told(silence, clinic) if silence else "",
        newer_waits=has_newer(session, message),
        is_refused=addresses.state_of(message) in UNREACHABLE,
        gone=staff.name if staff and staff.left_at is not None else "",
        is_to_patient=contact is not None,
        has_consent=contact is not None and _has_consent(session, contact.id),
        was_told_today=contact is not None and _told_today(session, message, clinic, now=now),
        was_told_step=contact is not None and _told_step(session, message),
        quiet_until=quiet_hours.hold_until(message, clinic, now=now),
        too_many=ceiling.reason if ceiling else "",
        too_many_until=ceiling.until if ceiling else None,
    )


def _stands_on(session: Session, message: Message) -> int:
    """The step its watch stands on; the morning after a visit, the one that then spoke.

    That one may be told before its time, and a record that is written in between takes the
    watch back: staff are told all the same.
    """
    watch = message.watch
    if message.contact_id is not None or watch.visit_at is None or watch.reopens_at is None:
        return watch.cursor
    asked = sa.select(sa.func.min(Message.round)).where(
        Message.watch_id == watch.id, Message.planned_at >= watch.reopens_at
    )
    is_reopening = message.step > watch.cursor and message.round == session.scalar(asked)
    return message.step if is_reopening else watch.cursor


def notice(session: Session, message: Message, clinic: Clinic, *, now: datetime) -> Notice:
    """The facts this message speaks of, as they are now."""
    watch, to = message.watch, message.staff or message.contact
    assert to is not None  # one_recipient, a constraint of the table
    patient = watch.pump.patient if watch.pump else None
    is_late = watch.danger_at is not None and watch.danger_at <= now
    template = message.template
    template = PAST_DANGER.get(template, template) if is_late else template
    theirs = patient.language if patient and message.contact_id is not None else None
    languages = in_order(theirs, clinic.language)
    return Notice(
        key=message.key,
        template=template,
        channel=message.channel,
        to_address=addresses.address_of(message),
        sms_sender=clinic.sms_sender or "",
        to_name=to.name,
        is_to_staff=message.staff is not None,
        clinic_name=clinic.name,
        clinic_phone=clinic.phone,
        zone=clinic.zone,
        kind=watch.kind,
        level=watch.level,
        nth=_earlier(session, message) + 1,
        pump_id=watch.pump_id,
        initials=_initials(patient),
        given_name=patient.given_name if patient else "",
        danger_at=watch.danger_at,
        dry_at=watch.dry_at,
        binding_rule=watch.binding_rule,
        explanation=_why(watch),
        note=message.state_reason if message.attempts <= 1 else "",
        never_say=(patient.family_name, watch.drugs) if patient else (),
        languages=languages,
        own_words=wordings.words_of(session, clinic, template, languages),
        contact_id=message.contact_id,
        files=tuple(watch.explanation.get("files", ())),
    )


def has_newer(session: Session, message: Message) -> bool:
    """True if a later message of the watch to the same address is there, or was sent."""
    asked = sa.select(Message.id).where(
        Message.watch_id == message.watch_id,
        Message.id > message.id,
        _same_reader(message),
        Message.channel == message.channel,
        Message.state.not_in(GONE),
    )
    return session.scalar(asked.limit(1)) is not None


def _has_consent(session: Session, contact_id: int) -> bool:
    """The newest word of the patient stands."""
    asked = sa.select(Consent.is_given).where(Consent.contact_id == contact_id)
    return bool(session.scalar(asked.order_by(Consent.id.desc()).limit(1)))


def _told_today(session: Session, message: Message, clinic: Clinic, *, now: datetime) -> bool:
    """True if this reader has had, or is getting, another message about the same pump today."""
    today = now.astimezone(clinic.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    other = sa.or_(
        sa.and_(Message.state.in_(HANDED_OVER), Message.sent_at >= today),
        # handed over perhaps, when the claim was made: its planning is the day we know
        sa.and_(Message.state == MessageState.UNKNOWN, Message.due_at >= today),
        sa.and_(Message.state == MessageState.CLAIMED, Message.id < message.id),
    )
    asked = (
        sa.select(Message.id)
        .join(Watch, Watch.id == Message.watch_id)
        .where(
            Watch.pump_id == message.watch.pump_id,
            Message.contact_id == message.contact_id,
            Message.id != message.id,
            other,
        )
    )
    return session.scalar(asked.limit(1)) is not None


def _told_step(session: Session, message: Message) -> bool:
    """True if this reader has had this step of this watch: its date may have moved since."""
    is_with_them = sa.or_(
        Message.state.in_(PERHAPS_THERE),
        sa.and_(Message.state == MessageState.CLAIMED, Message.id < message.id),
    )
    asked = sa.select(Message.id).where(
        Message.watch_id == message.watch_id,
        Message.contact_id == message.contact_id,
        Message.step == message.step,
        Message.id != message.id,
        is_with_them,
    )
    return session.scalar(asked.limit(1)) is not None


def _same_reader(message: Message) -> sa.ColumnElement[bool]:
    if message.staff_id is not None:
        return Message.staff_id == message.staff_id
    return Message.contact_id == message.contact_id


def _earlier(session: Session, message: Message) -> int:
    asked = (
        sa.select(sa.func.count())
        .select_from(Message)
        .where(
            Message.watch_id == message.watch_id,
            Message.id < message.id,
            _same_reader(message),
            Message.state.in_(PERHAPS_THERE),
        )
    )
    return session.scalar(asked) or 0


def _why(watch: Watch) -> str:
    """What the watch says of itself beside its dates."""
    said = watch.explanation
    reasons = said.get("reasons") or [said.get("sentence") or said.get("cannot") or ""]
    return " ".join(str(one) for one in reasons if one)


def _initials(patient: Patient | None) -> str:
    return f"{patient.given_name[:1]}{patient.family_name[:1]}".upper() if patient else ""
