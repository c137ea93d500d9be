"""For which drugs a clinic's orders are watched and how long before; two people loosen it.

More or earlier asking comes at once, less or later asking waits for a second person (decision
19): an order that is asked for too late makes a refill late.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.orders import OrderTracking, rules_from
from tracker.models import Clinic, Pump
from tracker.services.order_watches import close_orders, keep_orders

Values = dict[str, Any]
NAME = "orders"
RULES = Evidence(EvidenceKind.RULES)


def read(_session: Session, clinic: Clinic, _part: str) -> Values:
    """The rules as they are."""
    return clinic.orders.as_json()


def check(_session: Session, _clinic: Clinic, _part: str, after: Values) -> None:
    """Refuse what can't be."""
    rules_from(after)


def put(session: Session, clinic: Clinic, after: Values, *, now: datetime) -> None:
    """Bring the rules into force: the watches of every pump follow."""
    rules = rules_from(after)
    clinic.order_rules = rules.as_json()
    session.flush()
    if rules.tracking is OrderTracking.NONE and not rules.needs_authorisation:
        close_orders(session, clinic.id, RULES, now=now)
        return
    pumps = (
        sa.select(Pump)
        .where(Pump.clinic_id == clinic.id, Pump.ended_at.is_(None))
        .order_by(Pump.id)
        .options(joinedload(Pump.patient), joinedload(Pump.model))
    )
    for pump in session.scalars(pumps).all():
        keep_orders(session, pump, because=RULES, now=now)


def is_safer(_session: Session, _clinic: Clinic, before: Values, after: Values) -> bool:
    """Whether nothing is asked for later than before."""
    return rules_from(after).asks_no_later_than(rules_from(before))
