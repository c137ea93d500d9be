"""Addresses of other programs: made, given a new secret, revoked by an administrator."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.webhook import OVERLAP, EventState, a_secret, host_of
from tracker.models import Clinic, Proposal, Staff, Webhook, WebhookEvent
from tracker.services.lifespans import close_keys
from tracker.services.proposals import change
from tracker.services.versions import hold_person
from tracker.services.webhook_agreements import of_webhook, wanted
from tracker.services.webhook_events import tell_test

SHOWN = 50  # ours: a page of what was told last
MOST = 10  # ours: of one clinic; each is told of every change


class CannotAddWebhook(TrackerError):
    code = "cannot_add_webhook"


def add_webhook(
    session: Session,
    clinic: Clinic,
    *,
    name: str,
    address: str,
    reason: str,
    by: Staff,
    now: datetime,
) -> tuple[Webhook, Proposal]:
    """A new webhook, whose secret is to be shown now, and the proposal that has it told.

    Until a second person agrees it is told nothing.
    """
    host, secret = host_of(address), a_secret()
    hold_person(session, by)
    in_use = [one for one in webhooks_of(session, clinic) if one.revoked_at is None]
    if any((one.name, one.address) == (name, address) for one in in_use):
        raise CannotAddWebhook("There is a webhook of this name already.", field="name")
    if len(in_use) >= MOST:
        raise CannotAddWebhook(f"There are {MOST} already: revoke one first.", field="form")
    webhook = Webhook(
        clinic_id=clinic.id,
        name=name,
        host=host,
        address=address,
        secret=secret,
        made_at=now,
        made_by_id=by.id,
        next_try_at=now,
    )
    session.add(webhook)
    session.flush()
    subject, after = of_webhook(webhook.id), wanted(webhook)
    return webhook, change(session, clinic, subject, after, reason=reason, by=by, now=now)


def proposal_of(session: Session, webhook: Webhook) -> Proposal | None:
    """What was proposed of it; None where it was added before two had to decide."""
    asked = sa.select(Proposal).where(
        Proposal.clinic_id == webhook.clinic_id, Proposal.subject == of_webhook(webhook.id)
    )
    return session.scalar(asked)


def renew_secret(session: Session, webhook: Webhook, *, now: datetime) -> str:
    """A new secret; the old one signs beside it for a day, so that no call is lost."""
    _check_in_use(webhook)
    webhook.old_secret, webhook.old_secret_until = webhook.secret, now + OVERLAP
    webhook.secret = secret = a_secret()
    session.flush()
    return secret


def call_again(session: Session, webhook: Webhook, *, now: datetime) -> None:
    """Have what waits called out now, and a test with it."""
    _check_in_use(webhook)
    if webhook.agreed_at is None:
        raise CannotAddWebhook("A second person has not agreed to it yet.", field="form")
    webhook.next_try_at = now
    session.flush()
    tell_test(session, webhook, now=now)


def revoke_webhook(session: Session, webhook: Webhook, *, by: Staff, now: datetime) -> None:
    """End it at once and for good; what waits is told to nobody."""
    if webhook.revoked_at is not None:
        return
    webhook.revoked_at, webhook.revoked_by_id = now, by.id
    webhook.secret, webhook.old_secret, webhook.old_secret_until = "", None, None
    session.flush()
    session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.webhook_id == webhook.id, WebhookEvent.state == EventState.WAITING)
        .values(state=EventState.DROPPED)
        .execution_options(synchronize_session=False)
    )
    close_keys(
        session, [fault_key(webhook.id)], Evidence(EvidenceKind.WEBHOOK, webhook.id), now=now
    )


def webhooks_of(session: Session, clinic: Clinic) -> list[Webhook]:
    """The clinic's, those in use first."""
    asked = sa.select(Webhook).where(Webhook.clinic_id == clinic.id)
    return list(session.scalars(asked.order_by(Webhook.revoked_at.is_not(None), Webhook.id)))


def last_events(session: Session, webhook: Webhook) -> list[WebhookEvent]:
    """What it was told last, or is to be told, newest first."""
    asked = sa.select(WebhookEvent).where(WebhookEvent.webhook_id == webhook.id)
    return list(session.scalars(asked.order_by(WebhookEvent.id.desc()).limit(SHOWN)))


def fault_key(webhook_id: int) -> str:
    """The open key of the watch on a webhook that doesn't answer."""
    return f"webhook:{webhook_id}:system"


def _check_in_use(webhook: Webhook) -> None:
    if webhook.revoked_at is not None:
        raise CannotAddWebhook("It is revoked: add it anew.", field="form")
