"""Reports of mail servers, each let to do what it says, once."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.bounce import Bounce
from tracker.models import DeliveryReport, Message
from tracker.services import reports

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
