"""Reports of mail servers, each let to do what it says, once."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.bounce import Bounce
from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Clinic, DeliveryReport, Message
from tracker.services import reports
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import close_keys
from tracker.services.references import is_believed

PROVIDER = "e-mail"


class Heard(StrEnum):
    """What became of a report."""

    KNOWN = "known"
    TWICE = "twice"  # it had come before
    UNKNOWN = "unknown"  # of no e-mail of ours: kept all the same


def receive(session: Session, bounce: Bounce, *, now: datetime) -> Heard:
    """Keep a report, and let the message, its address and its pump's watches follow it."""
    if _has_come(session, bounce):
        return Heard.TWICE
    if not is_believed(session, bounce.reference, now=now):
        bounce = replace(bounce, reference="")
    said = reports.Said(
        PROVIDER,
        key="",
        ref=bounce.reference,
        status=bounce.kept_as,
        code=bounce.status,
        text=bounce.diagnostic,
    )
    report = reports.receive(session, said, now=now)
    return Heard.UNKNOWN if report.message_id is None else Heard.KNOWN


def _has_come(session: Session, bounce: Bounce) -> bool:
    """One at a time for one message, so that the same report called in twice at once is one."""
    if not bounce.reference:
        return False
    asked = sa.select(Message.id).where(Message.reference == bounce.reference)
    session.execute(asked.with_for_update())
    same = sa.select(DeliveryReport.id).where(
        DeliveryReport.provider == PROVIDER,
        DeliveryReport.provider_ref == bounce.reference,
        DeliveryReport.status == bounce.kept_as,
        DeliveryReport.code == bounce.status,
    )
    return session.scalar(same.limit(1)) is not None


def mailbox_is_closed(session: Session, why: str, *, now: datetime) -> None:
    """Tell every clinic, once, that reports on its e-mails are not read."""
    sentence = (
        "The mailbox with reports on e-mails that did not arrive can't be read, so nobody is "
        f"told of a dead address. {why or 'The log of the scheduler says why.'}"
    )
    for clinic_id in session.scalars(sa.select(Clinic.id)).all():
        cause = Cause(_mailbox_key(clinic_id), clinic_id, sentence)
        raise_fault(session, WatchKind.SYSTEM, cause, now=now)


def mailbox_is_read(session: Session, *, now: datetime) -> None:
    """End that alarm: the mailbox has been read."""
    keys = [_mailbox_key(one) for one in session.scalars(sa.select(Clinic.id))]
    close_keys(session, keys, Evidence(EvidenceKind.MAILBOX_READ), now=now)


def _mailbox_key(clinic_id: int) -> str:
    return f"clinic:{clinic_id}:mailbox"
