"""What people answer: kept always, done where it is plain, read by somebody where it isn't."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.message import Channel
from tracker.domain.reply import ReplyKind, kind_of
from tracker.domain.visit import VisitState
from tracker.models import (
    AddressState,
    Appointment,
    Clinic,
    Contact,
    Membership,
    Patient,
    Pump,
    Reply,
    Staff,
    Watch,
)
from tracker.services import silences
from tracker.services.appointments import confirm
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import close
from tracker.services.numbers import as_sent_in
from tracker.services.rows import insert_one
from tracker.services.stops import contacts_with, stop
from tracker.services.trail_changes import tell_added

# Nothing is left to read: STOP opens a watch of its own, HELP is answered at once.
DONE_AT_ONCE = (ReplyKind.STOP, ReplyKind.WRONG_NUMBER, ReplyKind.HELP)
READ_IT = "answered by text: read it, and write down what was done"
SENTENCES = {
    ReplyKind.START: "asks for texts again: nothing is sent before a consent is written down",
    ReplyKind.CONFIRM: "says yes: see which visit is meant",
}


class NotHandled(TrackerError):
    code = "not_handled"


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as a provider hands it in; `ref` is the provider's own name for it."""

    provider: str
    ref: str
    from_address: str
    to_address: str
    body: str
    channel: Channel = Channel.SMS


def receive(session: Session, answered: Answered, *, now: datetime) -> list[Reply]:
    """Keep an answer, one row for each clinic it concerns; empty where it was known already."""
    number = as_sent_in(answered.from_address)
    contacts = contacts_with(session, answered.channel, number)
    to = as_sent_in(answered.to_address)
    kind = kind_of(answered.body)
    kept = []
    for clinic_id in _clinic_ids(session, contacts, number, to):
        own = [one for one in contacts if one.patient.clinic_id == clinic_id]
        people = {one.patient_id for one in own}
        row = {
            "clinic_id": clinic_id,
            "channel": answered.channel,
            "from_address": number,
            "to_address": to,
            "body": answered.body,
            "kind": kind,
            "provider": answered.provider,
            "provider_ref": answered.ref[:200],
            "received_at": now,
            "contact_id": own[0].id if len(own) == 1 else None,
            "patient_id": people.pop() if len(people) == 1 else None,
            "handled_how": "",
        }
        if (reply := _keep(session, row)) is not None:
            kept.append(reply)
    if kept:
        _act(session, answered.channel, number, kind, now=now)
    if kind is ReplyKind.CONFIRM and len(kept) == 1 and _confirms(session, kept[0], now=now):
        return kept
    for reply in kept:
        if kind not in DONE_AT_ONCE or not contacts:
            _ask_to_read(session, reply, now=now)
    return kept


def _keep(session: Session, row: dict[str, Any]) -> Reply | None:
    """The row as it was written; None if the same answer was called in before."""
    number = insert_one(session, Reply, row, "clinic_id", "provider", "provider_ref")
    if number is None:
        return None
    tell_added(session, Reply, number, row)
    return session.get_one(Reply, number)


def _clinic_ids(
    session: Session, contacts: Sequence[Contact], number: str, to: str
) -> list[int]:
    """Those whose contact or colleague wrote; else whose number was written to; else the first.

    An answer that is nobody's is read by somebody all the same.
    """
    found = {one.patient.clinic_id for one in contacts}
    if not found:
        asked = sa.select(Membership.clinic_id).join(Staff, Staff.id == Membership.staff_id)
        found = set(session.scalars(asked.where(Staff.phone == number)))
    if not found:
        found = set(session.scalars(sa.select(Clinic.id).where(Clinic.sms_sender == to)))
    if not found:
        found = set(session.scalars(sa.select(Clinic.id).order_by(Clinic.id).limit(1)))
    return sorted(found)


def _act(
    session: Session, channel: Channel, number: str, kind: ReplyKind, *, now: datetime
) -> None:
    """What is plain is done to the number, whosever it is."""
    if kind is ReplyKind.STOP:
        stop(session, channel, number, how="STOP by text message", now=now)
    elif kind is ReplyKind.WRONG_NUMBER:
        state, how = AddressState.INVALID, "wrong number, by text message"
        stop(session, channel, number, how=how, state=state, now=now)


def _confirms(session: Session, reply: Reply, *, now: datetime) -> bool:
    """Confirm the one visit that a yes can mean; False where there is none, or a choice."""
    asked = (
        sa.select(Appointment)
        .join(Pump, Pump.id == Appointment.pump_id)
        .where(
            Pump.patient_id == reply.patient_id,
            Appointment.state == VisitState.BOOKED,
            Appointment.scheduled_at > now,
        )
    )
    booked = session.scalars(asked.limit(2)).all()
    if len(booked) != 1:
        return False
    confirm(session, booked[0], how="yes by text message", now=now)
    return True


def _ask_to_read(session: Session, reply: Reply, *, now: datetime) -> None:
    """Open a watch: an answer that nobody reads may be somebody who is unwell."""
    asked = sa.select(Pump).where(Pump.patient_id == reply.patient_id, Pump.ended_at.is_(None))
    pump = session.scalar(asked.order_by(Pump.id.desc()).limit(1))
    who = "A contact" if reply.contact_id else "Somebody"
    cause = Cause(
        _key(reply),
        reply.clinic_id,
        f"{who} {SENTENCES.get(reply.kind, READ_IT)}.",
        pump_id=pump.id if pump else None,
        facts=(("reply_id", reply.id),),
        owner_id=pump.owner_id if pump else None,
    )
    raise_fault(session, WatchKind.REPLY, cause, now=now)
    reply.watch_id = session.scalar(sa.select(Watch.id).where(Watch.open_key == _key(reply)))
    if pump is not None:
        silences.break_for(session, pump.id, f"{who.lower()} answered", now=now)
    session.flush()


def _key(reply: Reply) -> str:
    return f"reply:{reply.id}"


def inbox(
    session: Session, clinic_id: int, *, before: int | None = None, limit: int
) -> Sequence[Reply]:
    """The clinic's answers: those still to be read first, then the newest."""
    asked = sa.select(Reply).where(Reply.clinic_id == clinic_id)
    people = (
        joinedload(Reply.patient),
        joinedload(Reply.contact),
        joinedload(Reply.handled_by),
    )
    is_read = sa.or_(Reply.handled_at.is_not(None), Reply.watch_id.is_(None))
    order = sa.case((is_read, 1), else_=0)
    found = asked.order_by(order, Reply.id.desc()).options(*people)
    return session.scalars(found.offset(before or 0).limit(limit)).all()


def handle(session: Session, reply: Reply, how: str, *, by: Staff, now: datetime) -> None:
    """Write down what was done about an answer, which ends its watch."""
    if is_blank(how):
        raise NotHandled("Say what was done.", field="how")
    # of two at once only one has dealt with it
    session.refresh(reply, ["handled_at"], with_for_update=True)
    if reply.handled_at is not None:
        raise NotHandled("Somebody has dealt with this meanwhile.", field="how")
    reply.handled_at, reply.handled_by_id = now, by.id
    reply.handled_how = how.strip()[:300]
    if reply.watch is not None and reply.watch.closed_at is None:
        close(session, reply.watch, Evidence(EvidenceKind.REPLY_HANDLED, reply.id), now=now)
    session.flush()


def assign(session: Session, reply: Reply, patient: Patient) -> None:
    """Say whose answer it is, where the number didn't."""
    session.refresh(reply, ["patient_id"], with_for_update=True)
    if reply.patient_id is not None:
        raise NotHandled("It is already somebody's.", field="mrn")
    reply.patient = patient
    session.flush()


def phones_of(session: Session, clinic_ids: Iterable[int]) -> list[tuple[str, str]]:
    """Name and telephone of clinics, for whoever asks for help."""
    asked = sa.select(Clinic.name, Clinic.phone).where(Clinic.id.in_(list(clinic_ids)))
    return [(name, phone) for name, phone in session.execute(asked.order_by(Clinic.id))]
