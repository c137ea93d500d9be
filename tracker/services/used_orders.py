"""Which orders refills have used up, by the lot that they name, or for want of one."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.orders import OrderState
from tracker.models import Clinic, DrugOrder, DrugOrderStep, Pump, Refill
from tracker.services.in_force import of_pump
from tracker.services.supplies import day_at, orders_of


def keep_used(session: Session, pump: Pump, *, now: datetime) -> None:
    """An order is used by the refill that names its lot; without that refill it lies there.

    A refill uses one order, and none that arrived after it: a maker's lot may come again. One
    that names no lot counts as having used what lay there: else the next order would not be
    asked for, by a drug that may be in the pump.
    """
    orders = orders_of(session, pump, (OrderState.ARRIVED, OrderState.USED))
    if not orders:
        return
    refills = list(session.scalars(of_pump(Refill), {"pump_id": pump.id}).unique())
    for order in orders:
        found = _refill_with(pump.clinic, order, refills)
        if found is not None:
            refills.remove(found)
        if (found is not None) == (order.state is OrderState.USED):
            continue
        order.state = OrderState.USED if found else OrderState.ARRIVED
        step = DrugOrderStep(
            state=order.state,
            happened_on=day_at(pump.clinic, found.filled_at if found else now),
            refill_id=found.id if found else None,
            reason=_why(found),
            recorded_at=now,
            recorded_by_id=found.recorded_by_id if found else _who_changed(session, pump),
        )
        order.steps.append(step)
    session.flush()


def _why(found: Refill | None) -> str:
    if found is None:
        return "The refill that used it was changed or struck out."
    return "The refill names no lot: it counts as used by it." if is_blank(found.lot) else ""


def _who_changed(session: Session, pump: Pump) -> int:
    """Who wrote the newest row of the pump's refills: a correction, or one that strikes out."""
    asked = sa.select(Refill.recorded_by_id).where(Refill.pump_id == pump.id)
    return session.scalars(asked.order_by(Refill.id.desc()).limit(1)).one()


def _refill_with(clinic: Clinic, order: DrugOrder, refills: Sequence[Refill]) -> Refill | None:
    arrival = order.arrival
    if arrival is None:
        return None
    lot = arrival.lot.strip().casefold()
    since = arrival.happened_on
    since_then = [one for one in refills if day_at(clinic, one.filled_at) >= since]
    named = (one for one in since_then if one.lot.strip().casefold() == lot)
    nameless = (one for one in since_then if is_blank(one.lot))
    return next(named, None) or next(nameless, None)
