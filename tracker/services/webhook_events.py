"""What other programs are to be told: written with the change itself, called out later.

A clinic without a webhook costs one look by a short table, and a change that is rolled back is
told to nobody.
"""

import json
import logging
import secrets
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tracker.domain.webhook import EventKind, EventState
from tracker.models import Patient, Pump, Watch, Webhook, WebhookEvent
from tracker.services.asking import rows_from
from tracker.services.rows import insert_many

log = logging.getLogger("tracker.webhooks")

# What the API's board tells of a watch, without whose it is: of nobody a name.
TOLD = (
    Watch.kind,
    Watch.pump_id,
    Watch.level,
    Watch.risk_class,
    Watch.binding_rule,
    Watch.next_action,
    Watch.danger_at,
    Watch.dry_at,
    Watch.next_action_at,
    Watch.visit_at,
    Watch.opened_at,
    Watch.closed_at,
    Watch.evidence_kind,
)


def tell(
    session: Session, kind: EventKind, watch_ids: Collection[int], *, now: datetime
) -> None:
    """Write down for each webhook of the watches' clinics what became of them.

    Whatever goes wrong here, the watch is written all the same: it reminds people, and this
    only programs.
    """
    if not watch_ids or not rows_from(session).scalar(_asked_for_any()):
        return
    session.flush()  # the change itself stays, should this be taken back
    try:
        with session.begin_nested():
            _write(session, kind, watch_ids, now=now)
    except OperationalError:
        raise  # the database gives way: nothing else can be written either
    except Exception:
        log.exception("A change of %s watches is told to no program.", len(watch_ids))


def _write(
    session: Session, kind: EventKind, watch_ids: Collection[int], *, now: datetime
) -> None:
    asked = (
        sa.select(
            Webhook.id.label("webhook_id"), Watch.id.label("watch_id"), Patient.mrn, *TOLD
        )
        .join(Webhook, Webhook.clinic_id == Watch.clinic_id)
        # of a pump that has gone elsewhere no number is told that it has there
        .outerjoin(Pump, sa.and_(Pump.id == Watch.pump_id, Pump.clinic_id == Watch.clinic_id))
        .outerjoin(Patient, Patient.id == Pump.patient_id)
        .where(Watch.id.in_(watch_ids), *_is_told())
        .order_by(Watch.id, Webhook.id)
    )
    rows = [
        _event(row.webhook_id, kind, _told(row), watch_id=row.watch_id, now=now)
        for row in session.execute(asked)
    ]
    insert_many(session, WebhookEvent, rows, "key")


def tell_test(session: Session, webhook: Webhook, *, now: datetime) -> None:
    """Have a call made that tells of nothing, to see whether it arrives."""
    told = {"sentence": "This is a test. It tells of no watch."}
    row = _event(webhook.id, EventKind.TEST, told, now=now)
    insert_many(session, WebhookEvent, [row], "key")


def any_webhook() -> sa.Exists:
    """That there is a webhook which is told of changes, of whatever clinic."""
    return sa.exists().where(*_is_told())


@cache
def _asked_for_any() -> sa.Select[Any]:
    return sa.select(any_webhook())


def _is_told() -> tuple[sa.ColumnElement[bool], ...]:
    """A second person has agreed to it, and nobody has revoked it."""
    return Webhook.agreed_at.is_not(None), Webhook.revoked_at.is_(None)


def _told(row: Any) -> dict[str, Any]:
    found = {"watch_id": row.watch_id, "mrn": row.mrn}
    for column in TOLD:
        value = getattr(row, column.key)
        found[column.key] = value.isoformat() if isinstance(value, datetime) else value
    return found


def _event(
    webhook_id: int,
    kind: EventKind,
    told: dict[str, Any],
    *,
    watch_id: int | None = None,
    now: datetime,
) -> dict[str, Any]:
    body = {"type": kind, "timestamp": now.isoformat(), "data": told}
    return {
        "webhook_id": webhook_id,
        "watch_id": watch_id,
        "key": f"msg_{secrets.token_hex(16)}",
        "kind": kind,
        "body": json.dumps(body),
        "happened_at": now,
        "state": EventState.WAITING,
        "tries": 0,
        "problem": "",
    }
