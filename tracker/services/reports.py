"""What a provider says of a message after it had taken it: kept once, applied by rank.

A report may come early, late, twice or out of order, or name a message that isn't ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState, may_become
from tracker.domain.outgoing import Refusal
from tracker.domain.provider_codes import refusal_of
from tracker.domain.reached import shows_address
from tracker.models import AddressState, DeliveryReport, Message
from tracker.services import addresses, instead, stops, undelivered
from tracker.services.states import move

DELIVERED, FAILED = MessageState.DELIVERED, MessageState.FAILED
# Twilio's words, and the numbers by which Kannel says the same: 1 delivered, 2 undeliverable,
# 16 refused by the carrier. 4 and 8 (queued, taken) say no more than we know.
MEANINGS = {
    "delivered": DELIVERED,
    "read": DELIVERED,
    "undelivered": FAILED,
    "failed": FAILED,
    "canceled": FAILED,
    "1": DELIVERED,
    "2": FAILED,
    "16": FAILED,
    "bounced": FAILED,  # a mail server's report: `domain/bounce`
}
MOST_COMPARED = 20  # ours: a provider says the same of a message a few times at most
MARKS = {
    Refusal.BAD_ADDRESS: AddressState.INVALID,
    Refusal.OPTED_OUT: AddressState.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Said:
    """One report as it came; `key` is our own name of the message, `ref` the provider's."""

    provider: str
    key: str
    ref: str
    status: str
    code: str = ""
    text: str = ""


def receive(session: Session, said: Said, *, now: datetime) -> DeliveryReport:
    """Keep a report, and let the message follow it where it may; one that came is kept already.

    It is looked at again all the same: what came before its sending was settled waits for that.
    """
    message = _message_of(session, said)
    facts = {
        "message_id": message.id if message else None,
        "provider": said.provider[:40],
        "provider_ref": (said.ref or said.key)[:200],
        "status": said.status[:40],
        "code": said.code[:40],
    }
    report = _kept(session, facts, said.text)
    if report is None:
        report = DeliveryReport(**facts, text=said.text, received_at=now)
        session.add(report)
        session.flush()
    if message is not None and report.applied_at is None:
        _apply(session, message, report, now=now)
    return report


def _kept(session: Session, facts: Mapping[str, Any], text: str) -> DeliveryReport | None:
    """The same report as it came before; its words are sealed, so they are compared here."""
    asked = sa.select(DeliveryReport).filter_by(**facts).order_by(DeliveryReport.id.desc())
    newest = session.scalars(asked.limit(MOST_COMPARED))
    return next((one for one in newest if one.text == text), None)


def apply_early(session: Session, message: Message, *, now: datetime) -> None:
    """Let a message follow the reports that came before its sending was written down.

    What went within a digest follows the reports on the digest.
    """
    session.flush()
    if message.leader_id is not None:
        _follow(session, message, message.leader_id, now=now)
        return
    asked = sa.select(DeliveryReport).where(
        DeliveryReport.message_id == message.id, DeliveryReport.applied_at.is_(None)
    )
    for report in session.scalars(asked.order_by(DeliveryReport.id)).all():
        _apply(session, message, report, now=now)


def _message_of(session: Session, said: Said) -> Message | None:
    """By our key; else by the provider's own number of the message."""
    names = [Message.key == said.key] if said.key else []
    if said.ref:
        names.append(Message.reference == said.ref)
    for name in names:
        asked = sa.select(Message).where(name).limit(1).with_for_update()
        if (found := session.scalar(asked)) is not None:
            return found
    return None


def _apply(
    session: Session, message: Message, report: DeliveryReport, *, now: datetime
) -> None:
    """Never back: what is delivered or failed stays so, and what waits is not sent yet."""
    to = MEANINGS.get(report.status)
    if to is None or not _may_follow(message, to):
        return
    report.applied_at = now
    if to is DELIVERED:
        _delivered(session, message, report, now=now)
    else:
        _failed(session, message, report, now=now)
    for one in _within(session, message):
        _follow_one(session, one, to, report, now=now)
    session.flush()


def _may_follow(message: Message, to: MessageState) -> bool:
    is_settled = message.state in (MessageState.SENT, MessageState.UNKNOWN)
    return is_settled and may_become(message.state, to)


def _within(session: Session, leader: Message) -> Sequence[Message]:
    """What else was said within that message.

    One that is being settled at this moment is waited for: it has not seen this report.
    """
    if leader.staff_id is None:
        return []  # a patient's messages stand alone
    asked = sa.select(Message).where(Message.leader_id == leader.id).order_by(Message.id)
    return session.scalars(asked.with_for_update()).all()


def _follow(session: Session, message: Message, leader_id: int, *, now: datetime) -> None:
    """Let one of a digest follow the reports that have moved the digest before it."""
    asked = sa.select(DeliveryReport).where(
        DeliveryReport.message_id == leader_id, DeliveryReport.applied_at.is_not(None)
    )
    for report in session.scalars(asked.order_by(DeliveryReport.id)).all():
        _follow_one(session, message, MEANINGS[report.status], report, now=now)
    session.flush()


def _follow_one(
    session: Session,
    message: Message,
    to: MessageState,
    report: DeliveryReport,
    *,
    now: datetime,
) -> None:
    """What the report says of the digest it says of each of it; the address is seen to once."""
    if not _may_follow(message, to):
        return
    move(message, to, "" if to is DELIVERED else _why_failed(report))
    message.sent_at = message.sent_at or report.received_at
    if to is DELIVERED:
        message.delivered_at = report.received_at
        return
    if message.watch.pump_id is not None:
        undelivered.break_silences(session, message.watch.pump_id, now=now)
    instead.tell_instead(session, message, now=now)


def _why_failed(report: DeliveryReport) -> str:
    return f"can't be delivered: {_said(report)}"


def _said(report: DeliveryReport) -> str:
    return f"reported {report.status} {report.code}".strip()


def _delivered(
    session: Session, message: Message, report: DeliveryReport, *, now: datetime
) -> None:
    move(message, DELIVERED, "")
    message.delivered_at = report.received_at
    message.sent_at = message.sent_at or report.received_at
    state = addresses.state_of(message)
    is_shown = state is AddressState.FAILING and _shows_address(session, message)
    if is_shown or state is AddressState.UNVERIFIED:
        addresses.mark(message, AddressState.OK)
    session.flush()
    undelivered.arrived(session, message, now=now)


def _shows_address(session: Session, message: Message) -> bool:
    newest_lost = sa.select(sa.func.max(Message.id)).where(
        Message.contact_id == message.contact_id
        if message.contact_id is not None
        else Message.staff_id == message.staff_id,
        Message.channel == message.channel,
        Message.state == FAILED,
    )
    return shows_address(message.id, session.scalar(newest_lost))


def _failed(
    session: Session, message: Message, report: DeliveryReport, *, now: datetime
) -> None:
    move(message, FAILED, _why_failed(report))
    message.sent_at = message.sent_at or report.received_at
    refusal = refusal_of(report.code)
    if message.address in (None, addresses.address_of(message)):  # it is still the same
        addresses.mark(message, MARKS.get(refusal, AddressState.FAILING))
    session.flush()
    if refusal is Refusal.OPTED_OUT:
        address = message.address or addresses.address_of(message)
        stops.stop(session, message.channel, address, how="provider: opted out", now=now)
    undelivered.report(session, message, _said(report), now=now)
    instead.tell_instead(session, message, now=now)
