"""Orders of drugs: placed, arrived, thrown away or cancelled. A refill uses them up.

Each act lets the watch of its pump follow, in the same transaction (services/order_watches).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.errors import NeedsReason
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.orders import (
    FURTHEST,
    WAITING,
    NotOrdered,
    OrderState,
    Strength,
    SupplyTask,
)
from tracker.models import (
    Clinic,
    Drug,
    DrugOrder,
    DrugOrderDrug,
    Pump,
    Staff,
    SupplyReason,
)
from tracker.services.charts import chart_of
from tracker.services.order_steps import (
    check_strengths,
    check_volume,
    ended,
    move_order,
    tell_order,
    told,
)
from tracker.services.order_watches import keep_orders
from tracker.services.supplies import is_made_to_order, orders_of, strengths_of
from tracker.services.versions import stay_here

SENT_TWICE = timedelta(minutes=10)  # ours: so long a form is sent again by mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """An order as entered."""

    drugs: tuple[Strength, ...]
    volume_ml: Decimal
    pharmacy: str
    ordered_on: date
    expected_on: date | None = None
    note: str = ""


def place_order(
    session: Session,
    clinic: Clinic,
    pump: Pump | None,
    facts: OrderFacts,
    *,
    reason: str = "",
    by: Staff,
    now: datetime,
) -> DrugOrder:
    """Write an order down; one for a pump that isn't like its last fill needs a reason."""
    today = now.astimezone(clinic.zone).date()
    _check_order(facts, today)
    _refuse_same(session, clinic, pump, facts, by=by, now=now)
    concerns: tuple[str, ...] = ()
    other = ""
    if pump is not None:
        stay_here(session, pump)
        if pump.ended_at is not None:
            raise NotOrdered("This pump has ended: nothing is ordered for it any more.")
        other = _other_than_last(session, pump, facts)
        concerns = _concerns(session, pump, other)
    if concerns and is_blank(reason):
        raise NeedsReason(concerns)
    beside = f"Beside another order: {reason.strip()}" if concerns and not other else ""
    order = DrugOrder(
        clinic_id=clinic.id,
        pump=pump,
        pharmacy=facts.pharmacy.strip(),
        is_compounded=is_made_to_order(clinic, facts.drugs),
        volume_ml=facts.volume_ml,
        ordered_on=facts.ordered_on,
        expected_on=facts.expected_on,
        note="\n".join(one for one in (facts.note.strip(), beside) if one),
        other_because=reason.strip()[:300] if other else "",
        state=OrderState.ORDERED,
        recorded_at=now,
        recorded_by_id=by.id,
        drugs=_rows(session, facts.drugs),
    )
    session.add(order)
    session.flush()
    tell_order(session, order, now=now)
    return order


def _refuse_same(
    session: Session,
    clinic: Clinic,
    pump: Pump | None,
    facts: OrderFacts,
    *,
    by: Staff,
    now: datetime,
) -> None:
    """Refuse the same form sent twice: nobody means two orders that differ in nothing."""
    asked = sa.select(DrugOrder).where(
        DrugOrder.clinic_id == clinic.id,
        DrugOrder.pump_id == (pump.id if pump else None),
        DrugOrder.recorded_by_id == by.id,
        DrugOrder.state == OrderState.ORDERED,
        DrugOrder.recorded_at > now - SENT_TWICE,
    )
    for one in session.scalars(asked):
        about = (one.pharmacy, one.volume_ml, one.ordered_on, one.expected_on)
        wanted = (facts.pharmacy.strip(), facts.volume_ml, facts.ordered_on, facts.expected_on)
        is_same_drug = frozenset(one.strengths) == frozenset(facts.drugs)
        if about == wanted and is_same_drug and one.note.startswith(facts.note.strip()):
            raise NotOrdered(
                "This order is written down already. If it is another one, say so in the note.",
                field="note",
            )


def _check_order(facts: OrderFacts, today: date) -> None:
    if not facts.drugs:
        raise NotOrdered("Say what is ordered.", field="drugs")
    check_strengths(facts.drugs)
    if is_blank(facts.pharmacy):
        raise NotOrdered("Name the pharmacy.", field="pharmacy")
    check_volume(facts.volume_ml)
    if facts.ordered_on > today:
        raise NotOrdered("That day lies in the future.", field="ordered_on")
    if facts.expected_on is not None and not (
        facts.ordered_on <= facts.expected_on <= today + FURTHEST
    ):
        raise NotOrdered("It can't come before it is ordered.", field="expected_on")


def _other_than_last(session: Session, pump: Pump, facts: OrderFacts) -> str:
    """That another drug or concentration is ordered than what is in the pump."""
    fill = chart_of(session, pump).latest_fill
    if fill is None or frozenset(facts.drugs) == frozenset(strengths_of(fill)):
        return ""
    return f"The last fill was {told(strengths_of(fill))}; ordered is {told(facts.drugs)}."


def _concerns(session: Session, pump: Pump, other: str) -> tuple[str, ...]:
    is_second = bool(orders_of(session, pump, WAITING))
    beside = "Another order for this pump is open already." if is_second else ""
    return tuple(one for one in (other, beside) if one)


def _rows(session: Session, drugs: Sequence[Strength]) -> list[DrugOrderDrug]:
    codes = [code for code, _ in drugs]
    known = {
        one.code: one for one in session.scalars(sa.select(Drug).where(Drug.code.in_(codes)))
    }
    if missing := [code for code in codes if code not in known]:
        raise NotOrdered(f"There is no drug {missing[0]} in the catalogue.", field="drugs")
    return [
        DrugOrderDrug(ordinal=place, drug=known[code], concentration_mcg_per_ml=amount)
        for place, (code, amount) in enumerate(drugs)
    ]


def cancel(
    session: Session, order: DrugOrder, *, reason: str, by: Staff, now: datetime
) -> None:
    """It won't come; the watch asks for another at once if one is needed."""
    zone = session.get_one(Clinic, order.clinic_id).zone
    today = now.astimezone(zone).date()
    step = ended(session, order, OrderState.CANCELLED, reason, today, now=now)
    move_order(session, order, step, (OrderState.ORDERED,), by=by, now=now)


def give_reason(
    session: Session, pump: Pump, task: SupplyTask, *, reason: str, by: Staff, now: datetime
) -> SupplyReason:
    """Say why nothing has to be ordered or asked for this time; it counts until the refill."""
    if is_blank(reason):
        raise NotOrdered("Say why, for instance which lot lies on the shelf.", field="why_not")
    stay_here(session, pump)
    said = reason.strip()[:300]
    same = sa.select(SupplyReason.id).where(
        SupplyReason.pump_id == pump.id,
        SupplyReason.task == task,
        SupplyReason.reason == said,
        SupplyReason.recorded_at > now - SENT_TWICE,
    )
    if session.scalar(same.limit(1)) is not None:
        raise NotOrdered("This is written down already.", field="why_not")
    row = SupplyReason(pump=pump, task=task, reason=said, recorded_at=now, recorded_by_id=by.id)
    session.add(row)
    session.flush()
    keep_orders(session, pump, because=Evidence(EvidenceKind.SUPPLY_REASON, row.id), now=now)
    return row
