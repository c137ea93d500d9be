"""The outbox after a hand-over: what became of it, written down. Never silence."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.message import MessageState, backoff
from tracker.domain.outgoing import DeliveryFailed, Refusal, Words
from tracker.models import AddressState, Attempt, Message
from tracker.services import addresses, reports, stops, unclear, undelivered
from tracker.services.states import move


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a channel has taken: where to, in which words, with which receipt."""

    address: str
    words: Words
    receipt: str
    reference: str = ""  # by which reports will name it


def settle(
    session: Session,
    message_id: int,
    attempt_id: int,
    outcome: Sent | DeliveryFailed,
    *,
    now: datetime,
) -> MessageState:
    """Write down what became of a claimed message; the state it is in now."""
    message = session.get_one(Message, message_id, with_for_update=True)
    attempt = session.get_one(Attempt, attempt_id)
    attempt.ended_at = now
    if isinstance(outcome, Sent):
        _settle_sent(session, message, attempt, outcome, now=now)
        return message.state
    attempt.outcome = outcome.refusal.value
    attempt.provider_code, attempt.provider_text = outcome.provider_code[:40], outcome.message
    if message.state is MessageState.CLAIMED:  # else the sweep has settled it meanwhile
        _settle_failed(session, message, outcome, now=now)
    return message.state


def _settle_sent(
    session: Session, message: Message, attempt: Attempt, sent: Sent, *, now: datetime
) -> None:
    # Also where the sweep was quicker and called it unknown: now it is known.
    move(message, MessageState.SENT, sent.words.note or None)
    message.address, message.subject, message.body = (
        sent.address,
        sent.words.subject,
        sent.words.body,
    )
    message.provider_id, message.sent_at = sent.receipt[:200], now
    message.reference = sent.reference[:120] or message.reference
    attempt.outcome, attempt.provider_text = "sent", sent.receipt
    undelivered.end_fault(session, message, now=now)
    reports.apply_early(session, message, now=now)


def _settle_failed(
    session: Session, message: Message, failed: DeliveryFailed, *, now: datetime
) -> None:
    """Tried again later, given up, or unclear. Never silence."""
    if failed.refusal is Refusal.UNCLEAR:
        unclear.settle_unclear(session, message, failed.message, now=now)
    elif failed.is_permanent:
        _give_up(session, message, failed, now=now)
    else:
        move(message, MessageState.PLANNED, f"not sent yet: {failed.message}")
        message.due_at = now + backoff(message.attempts)


def _give_up(
    session: Session, message: Message, failed: DeliveryFailed, *, now: datetime
) -> None:
    move(message, MessageState.FAILED, f"can't be delivered: {failed.message}")
    if failed.refusal is Refusal.BAD_ADDRESS:
        addresses.mark(message, AddressState.INVALID)
    session.flush()
    if failed.refusal is Refusal.OPTED_OUT:
        address = addresses.address_of(message)
        stops.stop(session, message.channel, address, how="provider: opted out", now=now)
    if failed.refusal is Refusal.UNFIT:
        undelivered.report_fault(session, message, failed.message, now=now)
    else:
        undelivered.report(session, message, failed.message, now=now)
