"""What a claimed message may say now, or why it must not be sent after all."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Load, Session, contains_eager, joinedload

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
from tracker.services.besides import Beside
from tracker.services.rosters import UNREACHABLE

# A reminder planned before the date and sent after it speaks of the date as it is now.
PAST_DANGER = {"refill_book": "refill_late"}
# What is read of each row, where a row holds much more; anything else is read on demand.
OF_MESSAGE = (
    Message.key,
    Message.clinic_id,
    Message.watch_id,
    Message.step,
    Message.round,
    Message.level,
    Message.template,
    Message.staff_id,
    Message.contact_id,
    Message.channel,
    Message.state,
    Message.state_reason,
    Message.due_at,
    Message.attempts,
)
OF_WATCH = (
    Watch.pump_id,
    Watch.policy_id,
    Watch.kind,
    Watch.level,
    Watch.cursor,
    Watch.danger_at,
    Watch.dry_at,
    Watch.binding_rule,
    Watch.explanation,
    Watch.drugs,
    Watch.visit_at,
    Watch.reopens_at,
    Watch.opened_at,
    Watch.counts_from_at,
    Watch.closed_at,
)
OF_CLINIC = (
    Clinic.name,
    Clinic.phone,
    Clinic.timezone,
    Clinic.language,
    Clinic.quiet_from,
    Clinic.quiet_until,
    Clinic.sms_sender,
    Clinic.has_own_words,
)
OF_PATIENT = (Patient.given_name, Patient.family_name, Patient.language, Patient.timezone)


@dataclass(frozen=True, slots=True)
class Facts:
    """A message, its clinic and what else bears on it, as they were found in one query."""

    message: Message
    clinic: Clinic
    beside: Beside


def load(session: Session, message_id: int, *, is_to_staff: bool) -> Facts:
    """The message with all that deciding and speaking need, in one query."""
    message, clinic, *more = session.execute(
        _whole(is_to_staff),
        {"message_id": message_id},
        execution_options={"populate_existing": True},
    ).one()
    return Facts(message, clinic, besides.of_row(more))


@cache
def _whole(is_to_staff: bool) -> sa.Select[*tuple[Any, ...]]:
    """Put together once: it is asked for every message, and that took the longer time."""
    reader = Message.staff if is_to_staff else Message.contact
    watch = contains_eager(Message.watch).load_only(*OF_WATCH)
    pump = watch.joinedload(Watch.pump).load_only(Pump.patient_id)
    # by an outer join: SQLite would read all pumps to join within a join
    patient = pump.joinedload(Pump.patient, innerjoin=False).load_only(*OF_PATIENT)
    return (
        sa.select(Message, Clinic, *besides.columns(is_to_staff))
        .join(Clinic, Clinic.id == Message.clinic_id)
        .join(Message.watch)
        .where(Message.id == sa.bindparam("message_id", type_=sa.Integer()))
        .options(Load(Message).load_only(*OF_MESSAGE), Load(Clinic).load_only(*OF_CLINIC))
        .options(joinedload(reader), watch, pump, patient)
    )


def standing(session: Session, facts: Facts, *, now: datetime) -> Standing:
    """What decides whether this message may still be sent, as it is now."""
    message, clinic, beside = facts.message, facts.clinic, facts.beside
    staff, contact = message.staff, message.contact
    ceiling = ceilings.reached(session, message, clinic, now=now)
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
        was_told_today=_was_told_today(beside, clinic, now=now),
        was_told_step=beside.was_told_step,
        quiet_until=quiet_hours.hold_until(message, clinic, now=now),
        too_many=ceiling.reason if ceiling else "",
        too_many_until=ceiling.until if ceiling else None,
    )


def _was_told_today(beside: Beside, clinic: Clinic, *, now: datetime) -> bool:
    """In the clinic's day: of the same pump, or at this very moment."""
    if beside.told_at is None:
        return beside.is_being_told
    told_on = beside.told_at.astimezone(clinic.zone).date()
    return beside.is_being_told or told_on >= now.astimezone(clinic.zone).date()


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


def notice(session: Session, facts: Facts, *, now: datetime) -> Notice:
    """The facts this message speaks of, as they are now."""
    message, clinic = facts.message, facts.clinic
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
        nth=facts.beside.earlier + 1,
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


def _why(watch: Watch) -> str:
    """What the watch says of itself beside its dates."""
    said = watch.explanation
    reasons = said.get("reasons") or [said.get("sentence") or said.get("cannot") or ""]
    return " ".join(str(one) for one in reasons if one)


def _initials(patient: Patient | None) -> str:
    return f"{patient.given_name[:1]}{patient.family_name[:1]}".upper() if patient else ""
