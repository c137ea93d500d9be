"""What time alone takes away: the drug keeps no longer, or the payer's yes has ended.

`keep_orders` stores on the pump when that will be; the tick finds it by index and judges the
pump afresh. It opens a watch or moves one: what closes one is a record, and never a day.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.calendar import start_of_day
from tracker.models import Pump
from tracker.services.order_watches import keep_orders
from tracker.services.supplies import day_at

AT_ONCE = 200  # ours: numbers that are read before the first of them is done


def due_pumps(session: Session, *, after: int = 0, now: datetime) -> list[int]:
    """The next pumps of whose supply something has run out, by their numbers."""
    asked = (
        sa.select(Pump.id)
        .where(Pump.supply_ends_at <= now, Pump.id > after)
        .order_by(Pump.id)
        .limit(AT_ONCE)
    )
    return list(session.scalars(asked))


def look_again(session: Session, pump_id: int, *, now: datetime) -> None:
    """Judge the supply of one pump by today, unless another scheduler does just now."""
    asked = (
        sa.select(Pump)
        .where(Pump.id == pump_id, Pump.supply_ends_at <= now)
        .options(joinedload(Pump.clinic))
        .with_for_update(skip_locked=True, of=Pump)
    )
    pump = session.scalar(asked)
    if pump is None:
        return
    keep_orders(session, pump, because=None, now=now)
    if pump.supply_ends_at is not None and pump.supply_ends_at <= now:
        # no day of need can be worked out, which has a watch of its own: tomorrow again
        today = day_at(pump.clinic, now)
        pump.supply_ends_at = start_of_day(today + timedelta(days=1), pump.clinic.zone)
