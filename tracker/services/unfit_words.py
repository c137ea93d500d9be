"""A message that can't be put into words is a fault, until there are fit words again."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Message, Watch
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import close


def report_fault(session: Session, message: Message, why: str, *, now: datetime) -> None:
    """Open a system watch: a message of ours can't be put into words, and so told nobody."""
    watch = message.watch
    if watch.kind is WatchKind.SYSTEM:
        return  # the notice of a fault is itself at fault: the board and the heartbeat show it
    sentence = f"Message {message.id} ({message.template}) was not sent: {why}"
    facts = (("watch_id", watch.id),)
    key = _words_key(message)
    cause = Cause(key, message.clinic_id, sentence, pump_id=watch.pump_id, facts=facts)
    raise_fault(session, WatchKind.SYSTEM, cause, now=now)


def end_fault(session: Session, message: Message, *, now: datetime) -> None:
    """Close the system watch on this message's watch: there are fit words for it again.

    What was planned beside the unfit message proves nothing: it may speak in other words. Those
    to a colleague are others than those to a patient, and tell a patient nothing.
    """
    asked = sa.select(Watch).where(
        Watch.open_key == _words_key(message), Watch.opened_at < message.planned_at
    )
    if (fault := session.scalar(asked)) is not None:
        close(session, fault, Evidence(EvidenceKind.SENT_AGAIN, message.id), now=now)


def has_fault(message: sa.Table) -> sa.ColumnElement[bool]:
    """Whether there is such a watch for `end_fault` to close, to be asked beside a message."""
    of_watch = sa.literal("watch:") + sa.cast(message.c.watch_id, sa.String) + ":words"
    of_contact = of_watch + ":" + sa.cast(message.c.contact_id, sa.String)
    key = sa.func.coalesce(of_contact, of_watch)  # as `_words_key`
    found = sa.exists().where(Watch.open_key == key, Watch.opened_at < message.c.planned_at)
    return found.correlate(message).label("has_fault")


def _words_key(message: Message) -> str:
    key = f"watch:{message.watch_id}:words"
    return key if message.contact_id is None else f"{key}:{message.contact_id}"
