"""A webhook that a second person has agreed to, for tests of what it is told."""

from datetime import datetime

from sqlalchemy.orm import Session

from tracker.models import Clinic, Staff, Webhook
from tracker.services.proposals import agree
from tracker.services.webhooks import add_webhook


def an_agreed_webhook(
    session: Session, clinic: Clinic, *, name: str, address: str, by: Staff, now: datetime
) -> Webhook:
    """Added by one, agreed to by another; its first call, a test, waits."""
    facts = {"name": name, "address": address, "reason": "for the ward", "by": by, "now": now}
    webhook, proposal = add_webhook(session, clinic, **facts)
    agree(session, proposal, by=None, note="by whoever keeps the server", now=now)
    return webhook
