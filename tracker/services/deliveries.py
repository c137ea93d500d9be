"""The outbox: claim one message, commit, hand it over, settle it in a new transaction.

A claim whose sender died shows as UNKNOWN: staff are told again, a patient never is, and a
watch asks somebody to telephone instead.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState, backoff, message_key
from tracker.domain.outgoing import DeliveryFailed, Notice, Refusal, Words
from tracker.models import AddressState, Attempt, Clinic, Message, Watch
from tracker.services import notices, undelivered
from tracker.services.plans import CLAIMED, UNSENT
from tracker.services.recipients import Recipient

LEASE = timedelta(minutes=15)  # longer than the longest hand-over: eight answers of 60 s each
SWEPT_AT_ONCE = 200
MORNING = time(9)  # when a patient's message that had to wait for another day goes out


def due_ids(session: Session, *, now: datetime, limit: int = 100) -> list[int]:
    """The messages that are to be sent now, longest waiting first."""
    asked = (
        sa.select(Message.id)
        .where(UNSENT, Message.state == MessageState.PLANNED, Message.due_at <= now)
        .order_by(Message.due_at, Message.id)
        .limit(limit)
    )
    return list(session.scalars(asked))


@dataclass(frozen=True, slots=True)
class Taken:
    """A claimed message that may be sent: what it speaks of, and the attempt begun."""

    notice: Notice
    attempt_id: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a channel has taken: where to, in which words, with which receipt."""

    address: str
    words: Words
    receipt: str


def take(
    session: Session, message_id: int, *, host: str, now: datetime
) -> Taken | MessageState | None:
    """Claim one message and look at it afresh; to be committed before anything is sent.

    The state it goes to instead where it must not be sent any more; None if somebody else has
    it, or it is gone.
    """
    if not claim(session, message_id, host=host, now=now):
        return None
    message = notices.load(session, message_id)
    clinic = session.get_one(Clinic, message.clinic_id)
    drop = notices.why_not(session, message, clinic, now=now)
    if drop is not None:
        _drop(session, message, drop, clinic.zone, now=now)
        return message.state
    notice = notices.notice(session, message, clinic, now=now)
    attempt = Attempt(message_id=message.id, started_at=now, outcome="started")
    session.add(attempt)
    session.flush()
    return Taken(notice, attempt.id)


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
        _settle_sent(message, attempt, outcome, now=now)
        return message.state
    attempt.outcome = outcome.refusal.value
    attempt.provider_code, attempt.provider_text = outcome.provider_code[:40], outcome.message
    if message.state is MessageState.CLAIMED:  # else the sweep has settled it meanwhile
        _settle_failed(session, message, outcome, now=now)
    return message.state


def claim(session: Session, message_id: int, *, host: str, now: datetime) -> bool:
    """Take one planned message for sending; False if somebody else has it, or it is gone."""
    taken = session.execute(
        sa.update(Message)
        .where(
            Message.id == message_id,
            Message.state == MessageState.PLANNED,
            Message.due_at <= now,
        )
        .values(
            state=MessageState.CLAIMED,
            claimed_by=host,
            lease_until=now + LEASE,
            attempts=Message.attempts + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def _drop(
    session: Session, message: Message, drop: notices.Drop, zone: ZoneInfo, *, now: datetime
) -> None:
    _release(message, drop.state)
    message.state_reason = drop.reason
    message.attempts -= 1  # it was looked at, not tried
    if drop.is_for_today:
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        message.due_at = datetime.combine(tomorrow, MORNING, tzinfo=zone)
    session.flush()


def _settle_sent(message: Message, attempt: Attempt, sent: Sent, *, now: datetime) -> None:
    # Also where the sweep was quicker and called it unknown: now it is known.
    _release(message, MessageState.SENT)
    message.address, message.subject, message.body = (
        sent.address,
        sent.words.subject,
        sent.words.body,
    )
    message.provider_id, message.sent_at = sent.receipt[:200], now
    attempt.outcome, attempt.provider_text = "sent", sent.receipt


def _settle_failed(
    session: Session, message: Message, failed: DeliveryFailed, *, now: datetime
) -> None:
    """Tried again later, given up, or unclear. Never silence."""
    if failed.refusal is Refusal.UNCLEAR:
        settle_unclear(session, message, failed.message, now=now)
    elif failed.is_permanent:
        _give_up(session, message, failed, now=now)
    else:
        _release(message, MessageState.PLANNED)
        message.due_at = now + backoff(message.attempts)
        message.state_reason = f"not sent yet: {failed.message}"[:300]


def settle_unclear(session: Session, message: Message, why: str, *, now: datetime) -> None:
    """Perhaps it arrived, perhaps not: staff are told again; a patient is telephoned."""
    _release(message, MessageState.UNKNOWN)
    message.state_reason = f"it is not known whether this was delivered: {why}"[:300]
    session.flush()
    if message.contact_id is not None:
        undelivered.ask_to_telephone(session, message, now=now)
    elif message.watch.closed_at is None:
        _tell_again(session, message, now=now)


def sweep(session: Session, *, limit: int = SWEPT_AT_ONCE, now: datetime) -> int:
    """Settle the messages whose sender died with them in hand; how many there were."""
    dead = session.scalars(
        sa.select(Message)
        .where(CLAIMED, Message.lease_until <= now)
        .order_by(Message.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for message in dead:
        settle_unclear(session, message, "its sender stopped in between", now=now)
    return len(dead)


def release_holds(session: Session, *, now: datetime) -> int:
    """Put held messages whose time has come back into the queue; how many there were."""
    done = session.execute(
        sa.update(Message)
        .where(UNSENT, Message.state == MessageState.HELD, Message.due_at <= now)
        .values(state=MessageState.PLANNED, state_reason="")
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _release(message: Message, state: MessageState) -> None:
    message.state = state
    message.claimed_by = message.lease_until = None


def _give_up(
    session: Session, message: Message, failed: DeliveryFailed, *, now: datetime
) -> None:
    _release(message, MessageState.FAILED)
    message.state_reason = f"can't be delivered: {failed.message}"[:300]
    if failed.refusal is Refusal.BAD_ADDRESS:
        if message.staff is not None:
            message.staff.email_state = AddressState.INVALID
        if message.contact is not None:
            message.contact.state = AddressState.INVALID
    session.flush()
    if failed.refusal is Refusal.UNFIT:
        undelivered.report_fault(session, message, failed.message, now=now)
    else:
        undelivered.report(session, message, failed.message, now=now)


def _tell_again(session: Session, old: Message, *, now: datetime) -> None:
    """Plan the same step to the same member of staff once more, under a new round of the watch.

    It waits for its back-off: a server that always drops the line must not be asked for ever.
    """
    if _has_newer(session, old):
        return
    watch = session.get_one(Watch, old.watch_id, with_for_update=True, populate_existing=True)
    watch.round += 1
    name = Recipient(old.staff_id, old.contact_id, old.channel).name
    session.add(
        Message(
            key=message_key(watch.id, old.step, watch.round, name, old.channel),
            clinic_id=old.clinic_id,
            watch_id=watch.id,
            step=old.step,
            round=watch.round,
            level=old.level,
            template=old.template,
            staff_id=old.staff_id,
            channel=old.channel,
            state=MessageState.PLANNED,
            state_reason="told again: it is not known whether the one before arrived",
            due_at=now + backoff(old.attempts),
            attempts=old.attempts,
            planned_at=now,
        )
    )
    session.flush()


def _has_newer(session: Session, message: Message) -> bool:
    newer = sa.select(Message.id).where(
        Message.watch_id == message.watch_id,
        Message.id > message.id,
        Message.staff_id == message.staff_id
        if message.staff_id is not None
        else Message.contact_id == message.contact_id,
        Message.state.not_in((MessageState.SUPERSEDED, MessageState.CANCELLED)),
    )
    return session.scalar(newer.limit(1)) is not None
