"""What a claimed message may say now, or why it must not be sent after all."""

from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.languages import in_order
from tracker.domain.outgoing import Notice
from tracker.domain.standing import Standing
from tracker.models import Clinic, Message, Patient, Pump, Watch
from tracker.services import (
    addresses,
    besides,
    ceilings,
    hushes,
    quiet_hours,
    silences,
    wordings,
)
from tracker.services.besides import PERHAPS_THERE
from tracker.services.rosters import UNREACHABLE

# A reminder planned before the date and sent after it speaks of the date as it is now.
PAST_DANGER = {"refill_book": "refill_late"}


def load(session: Session, message_id: int) -> tuple[Message, Clinic]:
    """The message with all that deciding and speaking need, in one query."""
    found = session.execute(
        _whole(), {"message_id": message_id}, execution_options={"populate_existing": True}
    ).one()
    return found.Message, found.Clinic


@cache
def _whole() -> sa.Select[Message, Clinic]:
    people = (joinedload(Message.staff), joinedload(Message.contact))
    watch = joinedload(Message.watch)
    pump = watch.joinedload(Watch.pump).joinedload(Pump.patient)
    return (
        sa.select(Message, Clinic)
        .join(Clinic, Clinic.id == Message.clinic_id)
        .where(Message.id == sa.bindparam("message_id"))
        .options(*people, watch, pump)
    )


def standing(session: Session, message: Message, clinic: Clinic, *, now: datetime) -> Standing:
    """What decides whether this message may still be sent, as it is now."""
    staff, contact = message.staff, message.contact
    ceiling = ceilings.reached(session, message, clinic, now=now)
    beside = besides.look(session, message, clinic, now=now)
    silence = hushes.in_force(session, message.watch, now=now) if beside.is_silenced else None
    return Standing(
        is_over=message.watch.closed_at is not None,
        step=message.step,
        cursor=_stands_on(session, message),
        held_by=silences.told(silence, clinic) if silence else "",
        newer_waits=beside.has_newer,
        is_refused=addresses.state_of(message) in UNREACHABLE,
        gone=staff.name if staff and staff.left_at is not None else "",
        is_to_patient=contact is not None,
        has_consent=beside.has_consent,
        was_told_today=beside.was_told_today,
        was_told_step=beside.was_told_step,
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
