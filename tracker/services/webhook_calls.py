"""Which calls of webhooks are due, claimed one by one, and what came of each.

At least once: a call whose end nobody knows is made again, with the same id and the same body.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.retries import GIVEN_UP_AFTER, PAUSES, pause_after
from tracker.domain.risk import RiskClass
from tracker.domain.webhook import FAILING, EventState
from tracker.models import Webhook, WebhookEvent
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import close_keys
from tracker.services.webhooks import fault_key

LEASE = timedelta(minutes=5)  # ours: longer than any call can take
# Ours: what was told stays to be looked at for so long.
KEPT = timedelta(days=30)
PRUNED_AT_ONCE = 1000
DONE = (EventState.DELIVERED, EventState.GIVEN_UP, EventState.DROPPED)


@dataclass(frozen=True, slots=True)
class Call:
    """One call to be made: where to, by which secrets it is signed, and its very bytes."""

    event_id: int
    webhook_id: int
    address: str
    secrets: tuple[str, ...]
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: a code, or why there is none. Only 2xx has taken it."""

    code: int | None = None
    problem: str = ""

    @property
    def has_taken(self) -> bool:
        return self.code is not None and 200 <= self.code < 300


def is_used(session: Session) -> bool:
    """Whether anybody has ever asked to be called."""
    return session.scalar(sa.select(Webhook.id).limit(1)) is not None


def due_webhooks(session: Session, *, now: datetime) -> list[int]:
    """Those that have something to be told and may be called, longest waiting first."""
    waits = sa.exists().where(
        WebhookEvent.webhook_id == Webhook.id, WebhookEvent.state == EventState.WAITING
    )
    asked = sa.select(Webhook.id).where(
        Webhook.agreed_at.is_not(None),
        Webhook.revoked_at.is_(None),
        _may_be_called(now),
        waits,
    )
    return list(session.scalars(asked.order_by(Webhook.next_try_at, Webhook.id)))


def _may_be_called(now: datetime) -> sa.ColumnElement[bool]:
    """Its pause is over, or was begun by a clock that was ahead: none is so long."""
    return sa.or_(Webhook.next_try_at <= now, Webhook.next_try_at > now + PAUSES[-1])


def claim(session: Session, webhook_id: int, *, now: datetime) -> Call | None:
    """The webhook's next call, which is ours alone for a while; None where nothing waits.

    What has been tried least comes first: one that is never taken must not hold up the rest.
    """
    asked = sa.select(Webhook).where(
        Webhook.id == webhook_id, Webhook.agreed_at.is_not(None), Webhook.revoked_at.is_(None)
    )
    webhook = session.scalar(asked.where(_may_be_called(now)))
    if webhook is None:
        return None
    next_id = (
        sa.select(WebhookEvent.id)
        .where(WebhookEvent.webhook_id == webhook_id, WebhookEvent.state == EventState.WAITING)
        .order_by(WebhookEvent.tries, WebhookEvent.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = session.execute(
        sa.update(WebhookEvent)
        .where(WebhookEvent.id == next_id, WebhookEvent.state == EventState.WAITING)
        .values(
            state=EventState.CLAIMED,
            lease_until=now + LEASE,
            tries=WebhookEvent.tries + 1,
            tried_at=now,
        )
        .returning(WebhookEvent.id, WebhookEvent.key, WebhookEvent.body)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        return None
    return Call(
        event_id=taken.id,
        webhook_id=webhook_id,
        address=webhook.address,
        secrets=_secrets(webhook, now=now),
        key=taken.key,
        body=taken.body.encode(),
    )


def settle(session: Session, call: Call, answer: Answer, *, now: datetime) -> EventState:
    """Write down what came of a call; one that was not taken waits for the next."""
    event = session.get_one(WebhookEvent, call.event_id)
    webhook = session.get_one(Webhook, call.webhook_id)
    state = EventState.WAITING
    if answer.has_taken:
        state = EventState.DELIVERED
    elif webhook.revoked_at is not None:
        state = EventState.DROPPED
    elif now - event.happened_at >= GIVEN_UP_AFTER:
        state = EventState.GIVEN_UP
    event.state, event.lease_until = state, None
    event.code, event.problem = answer.code, answer.problem[:200]
    if answer.has_taken:
        _has_answered(session, webhook, event, now=now)
    else:
        _has_failed(session, webhook, now=now)
    session.flush()
    return state


def release_leases(session: Session, *, now: datetime) -> None:
    """Let be called again what somebody claimed and never settled: it may have arrived.

    Nothing waits any more for a webhook that was revoked meanwhile.
    """
    is_over = sa.or_(WebhookEvent.lease_until <= now, WebhookEvent.lease_until > now + LEASE)
    why = "it was cut short: it is called again, with the same id"
    _move(
        session,
        sa.and_(WebhookEvent.state == EventState.CLAIMED, is_over),
        {"state": EventState.WAITING, "lease_until": None, "problem": why},
    )
    revoked = sa.select(Webhook.id).where(Webhook.revoked_at.is_not(None))
    _move(
        session,
        sa.and_(WebhookEvent.state == EventState.WAITING, WebhookEvent.webhook_id.in_(revoked)),
        {"state": EventState.DROPPED},
    )


def _move(session: Session, which: sa.ColumnElement[bool], values: dict[str, Any]) -> None:
    session.execute(
        sa.update(WebhookEvent)
        .where(which)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def prune(session: Session, *, now: datetime) -> None:
    """Let go of what was told long ago, a bounded part at a time."""
    old = (
        sa.select(WebhookEvent.id)
        .where(WebhookEvent.state.in_(DONE), WebhookEvent.happened_at < now - KEPT)
        .order_by(WebhookEvent.id)
        .limit(PRUNED_AT_ONCE)
    )
    session.execute(
        sa.delete(WebhookEvent)
        .where(WebhookEvent.id.in_(old))
        .execution_options(synchronize_session=False)
    )


def _secrets(webhook: Webhook, *, now: datetime) -> tuple[str, ...]:
    """The new one first; the old one for as long as the other side may still know only that."""
    old, until = webhook.old_secret, webhook.old_secret_until
    is_known_still = old is not None and until is not None and until > now
    return (webhook.secret, old) if old is not None and is_known_still else (webhook.secret,)


def _has_answered(
    session: Session, webhook: Webhook, event: WebhookEvent, *, now: datetime
) -> None:
    webhook.failures, webhook.next_try_at, webhook.answered_at = 0, now, now
    evidence = Evidence(EvidenceKind.WEBHOOK_EVENT, event.id)
    close_keys(session, [fault_key(webhook.id)], evidence, now=now)


def _has_failed(session: Session, webhook: Webhook, *, now: datetime) -> None:
    webhook.failures += 1
    webhook.next_try_at = now + pause_after(webhook.failures)
    if webhook.failures < FAILING or webhook.revoked_at is not None:
        return
    sentence = (
        f"The webhook {webhook.name} ({webhook.host}) takes nothing: whoever reads there sees "
        "old dates. Its page shows what was answered."
    )
    cause = Cause(fault_key(webhook.id), webhook.clinic_id, sentence, risk_class=RiskClass.LOW)
    raise_fault(session, WatchKind.SYSTEM, cause, now=now)
