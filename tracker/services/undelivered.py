"""When a message reached nobody, staff are told so: silence is never the end of it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.models import Message, Pump
from tracker.services.alarms import Cause, raise_alarm


def ask_to_telephone(session: Session, message: Message, *, now: datetime) -> None:
    """Open a watch: it is not known whether the patient was reached, so telephone."""
    sentence = (
        "It is not known whether our e-mail arrived. It will not be sent a second time: "
        "please telephone."
    )
    _open(session, message, sentence, now=now)


def report(session: Session, message: Message, why: str, *, now: datetime) -> None:
    """Open a watch: this person can't be reached at the address we hold."""
    if message.contact_id is not None:
        sentence = (
            f"Our e-mail can't be delivered ({why}). Please telephone, and ask for another."
        )
    else:
        name = message.staff.name if message.staff else "a colleague"
        sentence = f"E-mail to {name} can't be delivered ({why}). Please mend the address."
    _open(session, message, sentence, now=now)


def report_fault(session: Session, message: Message, why: str, *, now: datetime) -> None:
    """Open a system watch: a message of ours can't be put into words, and so told nobody."""
    watch = message.watch
    if watch.kind is WatchKind.SYSTEM:
        return  # the notice of a fault is itself at fault: the board and the heartbeat show it
    sentence = f"Message {message.id} ({message.template}) was not sent: {why}"
    cause = Cause(f"watch:{watch.id}:words", message.clinic_id, sentence, pump_id=watch.pump_id)
    raise_alarm(session, WatchKind.SYSTEM, cause, now=now)


def _open(session: Session, message: Message, sentence: str, *, now: datetime) -> None:
    watch = message.watch
    facts = (("message_id", message.id), ("contact_id", message.contact_id))
    if message.contact_id is not None and watch.pump_id is not None:
        owner_id = session.scalar(sa.select(Pump.owner_id).where(Pump.id == watch.pump_id))
        cause = Cause(
            f"{watch.pump_id}:undeliverable",
            message.clinic_id,
            sentence,
            pump_id=watch.pump_id,
            facts=facts,
            risk_class=watch.risk_class,
            owner_id=owner_id,
        )
    else:
        key = f"clinic:{message.clinic_id}:undeliverable:{message.staff_id}"
        cause = Cause(key, message.clinic_id, sentence, facts=facts)
    raise_alarm(session, WatchKind.UNDELIVERABLE, cause, now=now)
