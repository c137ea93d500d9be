"""How an order comes from one state to the next, once, and lets its pump's watch follow."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.orders import NotOrdered, OrderState, Strength
from tracker.domain.units import format_number
from tracker.models import Clinic, DrugOrder, DrugOrderStep, Staff
from tracker.services.order_watches import keep_orders
from tracker.services.versions import stay_here

MOST_ML = Decimal(1000)  # ours: a reservoir holds 40 mL; more is a slip of the fingers


def move_order(
    session: Session,
    order: DrugOrder,
    step: DrugOrderStep,
    allowed: Sequence[OrderState],
    *,
    by: Staff,
    now: datetime,
) -> None:
    """Bring the order to the state of a step, once: of two at the same time one is told so."""
    take_order(session, order)
    moved = session.execute(
        sa.update(DrugOrder)
        .where(DrugOrder.id == order.id, DrugOrder.state.in_(allowed))
        .values(state=step.state)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise NotOrdered("That can't be said of this order any more: look at what it is now.")
    session.refresh(order, ["state"])
    step.recorded_at, step.recorded_by_id = now, by.id
    order.steps.append(step)
    session.flush()
    tell_order(session, order, now=now)


def take_order(session: Session, order: DrugOrder) -> None:
    """Take an order as it is now: who says something of it at the same time waits here."""
    if order.pump is not None and order.pump.clinic_id == order.clinic_id:
        stay_here(session, order.pump)
    session.refresh(order, ["state"], with_for_update={"of": DrugOrder})
    session.refresh(order, ["steps"])


def ended(
    session: Session,
    order: DrugOrder,
    state: OrderState,
    reason: str,
    on: date,
    *,
    now: datetime,
) -> DrugOrderStep:
    """The step that ends an order, with the reason and the day."""
    if is_blank(reason):
        raise NotOrdered("Say why.", field="end_reason")
    zone = session.get_one(Clinic, order.clinic_id).zone
    if on > now.astimezone(zone).date():
        raise NotOrdered("That day lies in the future.", field="ended_on")
    return DrugOrderStep(state=state, happened_on=on, reason=reason.strip()[:300])


def check_volume(volume_ml: Decimal) -> None:
    """Refuse what nobody orders."""
    if not 0 < volume_ml <= MOST_ML:
        raise NotOrdered(f"Give from 0 to {MOST_ML} mL.", field="volume_ml")


def check_strengths(drugs: Sequence[Strength]) -> None:
    """Refuse a drug that is named twice, or that would have nothing in it."""
    if len({code for code, _ in drugs}) < len(drugs):
        raise NotOrdered("A drug is named twice.", field="drugs")
    for place, (_, amount) in enumerate(drugs):
        if amount <= 0:
            raise NotOrdered(
                "A concentration is more than 0.", field=f"drugs-{place}-concentration"
            )


def told(drugs: Sequence[Strength]) -> str:
    """Drugs with their concentrations, for staff."""
    return ", ".join(f"{code} {format_number(amount)} mcg/mL" for code, amount in sorted(drugs))


def tell_order(session: Session, order: DrugOrder, *, now: datetime) -> None:
    """Let the watch of its pump follow; a pump that has gone elsewhere is not asked about."""
    pump = order.pump
    if pump is not None and pump.clinic_id == order.clinic_id:
        keep_orders(session, pump, because=Evidence(EvidenceKind.DRUG_ORDER, order.id), now=now)
