"""That a second person has agreed to a webhook: until then it is told nothing.

What it is told leaves the house for as long as it is there, also when whoever added it has
left. So it is decided like a setting that stops messages.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.proposal import NotProposed
from tracker.models import Clinic, Webhook
from tracker.services.webhook_events import tell_test

NAME = "webhook"
Values = dict[str, Any]


def of_webhook(webhook_id: int) -> str:
    """The subject of a webhook."""
    return f"{NAME}:{webhook_id}"


def wanted(webhook: Webhook) -> Values:
    """What is proposed: which program is told, and where. The rest of the address is sealed."""
    return {"name": webhook.name, "host": webhook.host}


def read(session: Session, clinic: Clinic, part: str) -> Values:
    """Nothing, until it is agreed to; and once it is revoked nobody can agree any more."""
    webhook = _webhook(session, clinic, part)
    if webhook.revoked_at is not None:
        return {"is_revoked": True}
    return wanted(webhook) if webhook.agreed_at is not None else {}


def put(session: Session, clinic: Clinic, part: str, *, now: datetime) -> None:
    """Have it told from now on, and called for a test."""
    webhook = _webhook(session, clinic, part)
    webhook.agreed_at = webhook.next_try_at = now
    session.flush()
    tell_test(session, webhook, now=now)


def _webhook(session: Session, clinic: Clinic, part: str) -> Webhook:
    asked = sa.select(Webhook).where(Webhook.id == int(part), Webhook.clinic_id == clinic.id)
    found = session.scalar(asked)
    if found is None:
        raise NotProposed("This webhook is not there.")
    return found
