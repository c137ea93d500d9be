"""Messages whose sender died with them in hand: nobody can know whether they arrived."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.outgoing import DeliveryFailed, Refusal
from tracker.models import Message
from tracker.services.settling import carry_out
from tracker.services.states import CLAIMED

SWEPT_AT_ONCE = 200


def sweep(session: Session, *, now: datetime) -> int:
    """Settle the messages whose lease ran out, longest ago first; how many there were."""
    dead = session.scalars(
        sa.select(Message)
        .where(CLAIMED, Message.lease_until <= now)
        .order_by(Message.lease_until)
        .limit(SWEPT_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    lost = DeliveryFailed("its sender stopped in between", refusal=Refusal.UNCLEAR)
    for message in dead:
        carry_out(session, message, lost, now=now)
    return len(dead)
