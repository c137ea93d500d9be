"""When a message reached nobody, staff are told so: silence is never the end of it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.message import Channel, MessageState
from tracker.models import AddressState, Consent, Contact, Message, Pump, Staff, Watch
from tracker.services import ceilings, silences, unreached
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import Evidence, close
from tracker.services.rosters import EMAIL_ONLY, UNREACHABLE

# A number at which the last text was lost is not mended because it may be written to again.
NOT_MENDED = (*UNREACHABLE, AddressState.FAILING)
MENDED_AT_ONCE = 500  # ours: the transaction stays short; the next tick sees to what is left


def ask_to_telephone(session: Session, message: Message, *, now: datetime) -> None:
    """Open a watch: it is not known whether the patient was reached, so telephone."""
    sentence = (
        f"It is not known whether our {_thing(message)} arrived. "
        "It will not be sent a second time: please telephone."
    )
    _open(session, message, sentence, now=now)


def ask_whether_told(session: Session, message: Message, *, now: datetime) -> None:
    """Open a watch: restored records don't know whether this was said, so telephone."""
    sentence = (
        "The records were put back from a backup, and it is not known whether our "
        f"{_thing(message)} was sent before. It will not be sent now: please telephone."
    )
    _open(session, message, sentence, now=now)


def report(session: Session, message: Message, why: str, *, now: datetime) -> None:
    """Open a watch: this person can't be reached at the address we hold."""
    if message.contact_id is not None:
        thing = _thing(message)
        sentence = (
            f"Our {thing} can't be delivered ({why}). Please telephone, and ask for another."
        )
    else:
        name = message.staff.name if message.staff else "a colleague"
        thing = _thing(message).capitalize()
        sentence = f"{thing} to {name} can't be delivered ({why}). Please mend the address."
    _open(session, message, sentence, now=now)
    if message.watch.pump_id is not None:
        break_silences(session, message.watch.pump_id, now=now)


def break_silences(session: Session, pump_id: int, *, now: datetime) -> None:
    """Whoever has the pump's watches in hand counts on what was sent: they speak again."""
    silences.break_for(session, pump_id, "a message could not be delivered", now=now)


def report_fault(session: Session, message: Message, why: str, *, now: datetime) -> None:
    """Open a system watch: a message of ours can't be put into words, and so told nobody."""
    watch = message.watch
    if watch.kind is WatchKind.SYSTEM:
        return  # the notice of a fault is itself at fault: the board and the heartbeat show it
    sentence = f"Message {message.id} ({message.template}) was not sent: {why}"
    facts = (("watch_id", watch.id),)
    key = _words_key(watch.id)
    cause = Cause(key, message.clinic_id, sentence, pump_id=watch.pump_id, facts=facts)
    raise_fault(session, WatchKind.SYSTEM, cause, now=now)


def end_fault(session: Session, message: Message, *, now: datetime) -> None:
    """Close the system watch on this message's watch: there are fit words for it again.

    What was planned beside the unfit message proves nothing: it may speak in other words.
    """
    asked = sa.select(Watch).where(
        Watch.open_key == _words_key(message.watch_id), Watch.opened_at < message.planned_at
    )
    if (fault := session.scalar(asked)) is not None:
        close(session, fault, Evidence("sent_again", message.id), now=now)


def has_fault(message: sa.Table) -> sa.ColumnElement[bool]:
    """Whether there is such a watch for `end_fault` to close, to be asked beside a message."""
    key = sa.literal("watch:") + sa.cast(message.c.watch_id, sa.String) + sa.literal(":words")
    found = sa.exists().where(Watch.open_key == key, Watch.opened_at < message.c.planned_at)
    return found.correlate(message).label("has_fault")


def _words_key(watch_id: int) -> str:
    return f"watch:{watch_id}:words"


def end_mended(
    session: Session,
    *,
    channels: frozenset[Channel] = EMAIL_ONLY,
    now: datetime,
) -> int:
    """Close the due ones whose cause is gone, with the evidence for it; how many there were.

    A mended or new address is evidence, and so is the refill about which a patient was not
    reached. A message sent is not.
    """
    due = sa.select(Watch).where(
        Watch.closed_at.is_(None),
        Watch.next_action_at <= now,
        Watch.kind.in_((WatchKind.UNDELIVERABLE, WatchKind.SYSTEM)),
    )
    ended = 0
    for watch in session.scalars(due.limit(MENDED_AT_ONCE).with_for_update(skip_locked=True)):
        is_fault = watch.kind is WatchKind.SYSTEM
        if is_fault and unreached.is_about(watch):
            evidence = unreached.over(session, watch, channels, now=now)
        else:
            evidence = _over(session, watch, now=now) if is_fault else _evidence(session, watch)
        if evidence is not None:
            close(session, watch, evidence, now=now)
            ended += 1
    return ended


def _over(session: Session, fault: Watch, *, now: datetime) -> Evidence | None:
    """What ended the watch that this fault was about; nobody would mend it any more."""
    if "ceiling_of" in fault.explanation:
        is_over = ceilings.is_over(session, fault, now=now)
        return Evidence("under_the_ceiling", fault.id) if is_over else None
    about = session.get(Watch, fault.explanation.get("watch_id", 0))
    return _end_of(about) if about else None


def _end_of(watch: Watch) -> Evidence | None:
    if watch.closed_at is None or watch.evidence_kind is None:
        return None
    return Evidence(watch.evidence_kind, watch.evidence_id or watch.id)


def _evidence(session: Session, watch: Watch) -> Evidence | None:
    if (contact_id := watch.explanation.get("stopped_contact_id")) is not None:
        return _agreed(session, watch, session.get_one(Contact, contact_id))
    message = session.get(Message, watch.explanation.get("message_id"))
    if message is None:
        return None
    if message.contact is None:
        # A refill mends no colleague's address: the next notice would be missed as well.
        return _mended_staff(session.get_one(Staff, message.staff_id), message.channel)
    if (end := _end_of(message.watch)) is not None:
        return end
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


def _thing(message: Message) -> str:
    return "e-mail" if message.channel is Channel.EMAIL else "text message"


def _open(session: Session, message: Message, sentence: str, *, now: datetime) -> None:
    watch = message.watch
    facts = (("message_id", message.id), ("contact_id", message.contact_id))
    if message.contact_id is not None and watch.pump_id is not None:
        # where the pump is now: it may have been handed over since the message was written
        asked = sa.select(Pump.clinic_id, Pump.owner_id).where(Pump.id == watch.pump_id)
        clinic_id, owner_id = session.execute(asked).one()
        cause = Cause(
            f"{watch.pump_id}:undeliverable",
            clinic_id,
            sentence,
            pump_id=watch.pump_id,
            facts=facts,
            risk_class=watch.risk_class,
            owner_id=owner_id,
        )
    else:
        key = f"clinic:{message.clinic_id}:undeliverable:{message.staff_id}"
        cause = Cause(key, message.clinic_id, sentence, facts=facts)
    raise_fault(session, WatchKind.UNDELIVERABLE, cause, now=now)
