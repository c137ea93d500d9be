"""The outbox after a hand-over: what became of it, written down. Never silence.

`domain/outcome` decides; here it is carried out.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from tracker.domain.message import MessageState
from tracker.domain.outcome import HandOver, Outcome, Raised, outcome_of
from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.models import AddressState, Attempt, Message
from tracker.services import (
    addresses,
    instead,
    receipts,
    reports,
    stops,
    unclear,
    undelivered,
    unfit_words,
)
from tracker.services.besides import has_newer
from tracker.services.receipts import Sent
from tracker.services.states import move

# What stands beside a message that did not go out, before the provider's own words.
SAID = {
    MessageState.PLANNED: "not sent yet",
    MessageState.FAILED: "can't be delivered",
    MessageState.UNKNOWN: "it is not known whether this was delivered",
}


def settle(
    session: Session,
    handed_over: Sequence[tuple[int, int, Sent | DeliveryFailed]],
    *,
    now: datetime,
) -> list[MessageState]:
    """Write down what became of claimed messages; the states they are in now.

    Each is given as the numbers of message and attempt, and what came of it.
    """
    sent = [(one, by, what) for one, by, what in handed_over if isinstance(what, Sent)]
    states = _settle_sent(session, sent, now=now) if sent else {}
    for message_id, attempt_id, what in handed_over:
        if isinstance(what, DeliveryFailed):
            states[message_id] = _settle_failed(session, message_id, attempt_id, what, now=now)
    return [states[message_id] for message_id, *_ in handed_over]


def _settle_failed(
    session: Session, message_id: int, attempt_id: int, failed: DeliveryFailed, *, now: datetime
) -> MessageState:
    message = session.get_one(Message, message_id, with_for_update=True)
    attempt = session.get_one(Attempt, attempt_id)
    attempt.ended_at, attempt.outcome = now, failed.refusal.value
    attempt.provider_code, attempt.provider_text = failed.provider_code[:40], failed.message
    carry_out(session, message, failed, now=now)
    return message.state


def _settle_sent(
    session: Session, handed_over: Sequence[tuple[int, int, Sent]], *, now: datetime
) -> dict[int, MessageState]:
    written = receipts.write_down(session, handed_over, now=now)
    states = {message_id: one.state for message_id, one in written.items()}
    for message_id, one in written.items():
        if one.ends_fault or one.was_reported:
            message = session.get_one(Message, message_id, populate_existing=True)
            unfit_words.end_fault(session, message, now=now)
            reports.apply_early(session, message, now=now)
            states[message_id] = message.state
    return states


def carry_out(
    session: Session, message: Message, failed: DeliveryFailed, *, now: datetime
) -> None:
    """What follows from a hand-over that failed: tried again later, given up, or unclear."""
    outcome = outcome_of(_facts(session, message, failed.refusal))
    if outcome.state is None:
        return
    move(message, outcome.state, f"{SAID[outcome.state]}: {failed.message}")
    if outcome.again_in is not None:
        message.due_at, message.leader_id = now + outcome.again_in, None
    if outcome.flags_address:
        addresses.mark(message, AddressState.INVALID)
    if outcome.doubts_address:
        addresses.mark(message, AddressState.FAILING)
    session.flush()
    if outcome.flags_address or outcome.doubts_address:
        instead.tell_instead(session, message, now=now)
    if outcome.stops_number:
        address = addresses.address_of(message)
        stops.stop(session, message.channel, address, how="provider: opted out", now=now)
    if outcome.told_again_in is not None:
        unclear.tell_again(session, message, due_at=now + outcome.told_again_in, now=now)
    _raise(session, message, outcome, failed.message, now=now)
    if outcome.state is MessageState.UNKNOWN:
        reports.apply_early(session, message, now=now)  # the provider may know more than we


def _facts(session: Session, message: Message, refusal: Refusal) -> HandOver:
    is_unclear = refusal is Refusal.UNCLEAR and message.staff_id is not None
    return HandOver(
        state=message.state,
        refusal=refusal,
        is_to_patient=message.contact_id is not None,
        is_over=is_unclear and message.watch.closed_at is not None,
        newer_waits=is_unclear and has_newer(session, message),
        attempts=message.attempts,
    )


def _raise(
    session: Session, message: Message, outcome: Outcome, why: str, *, now: datetime
) -> None:
    if outcome.raises is Raised.TELEPHONE:
        undelivered.ask_to_telephone(session, message, now=now)
    elif outcome.raises is Raised.FAULT:
        unfit_words.report_fault(session, message, why, now=now)
    elif outcome.raises is Raised.UNREACHED:
        undelivered.report(session, message, why, now=now)
