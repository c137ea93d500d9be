"""Orders and what is asked of them, for the list, the page of a pump and the day list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from tracker.domain.danger import WatchKind
from tracker.domain.orders import WAITING, OrderState, SupplyTask
from tracker.domain.supplies import problems_of, too_little_for, too_short_for
from tracker.models import Authorisation, Clinic, DrugOrder, Pump, SupplyReason, Watch
from tracker.services.charts import chart_of
from tracker.services.order_watches import KINDS
from tracker.services.supplies import Need, need_of, payers_of, reasons_of, supply_of

ENDED_SHOWN = timedelta(days=60)  # ours: what ended before is on the pages of the pumps
MOST_SHOWN = 200  # ours, of each state: more than a clinic has in a quarter


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order with what is wrong with it, in sentences."""

    order: DrugOrder
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    too_little: str = ""  # for the whole refill, by itself

    @property
    def is_ready(self) -> bool:
        has_come = self.order.state is OrderState.ARRIVED
        return has_come and not (self.problems or self.too_little)


@dataclass(frozen=True, slots=True)
class Supplied:
    """What is on record of a pump's supply, and the two watches that are open on it."""

    need: Need | None
    watches: dict[WatchKind, Watch]
    lines: tuple[OrderLine, ...]
    payers: tuple[Authorisation, ...]
    reasons: dict[SupplyTask, SupplyReason]


def supplied(session: Session, pump: Pump, *, now: datetime) -> Supplied:
    """Everything of one pump; the newest order first."""
    asked = sa.select(Watch).where(
        Watch.open_key.in_([f"{pump.id}:{kind}" for kind in (*KINDS.values(), "refill")])
    )
    watches = {one.kind: one for one in session.scalars(asked)}
    refill = watches.pop(WatchKind.REFILL, None)
    need = need_of(session, pump, chart_of(session, pump), refill, now=now) if refill else None
    orders = session.scalars(
        _orders(pump.clinic_id).where(DrugOrder.pump_id == pump.id).limit(MOST_SHOWN)
    )
    return Supplied(
        need=need,
        watches=watches,
        lines=tuple(line_of(one, need) for one in orders),
        payers=tuple(reversed(payers_of(session, pump.id))),
        reasons=reasons_of(session, pump, refill) if refill else {},
    )


def line_of(order: DrugOrder, need: Need | None) -> OrderLine:
    """An order with what keeps it from being used for the coming refill."""
    if order.state is not OrderState.ARRIVED or need is None:
        return OrderLine(order)
    supply = supply_of(order)
    hint = too_short_for(supply, need.days.goes_in_on, need.lasts_days)
    return OrderLine(
        order,
        tuple(problems_of(supply, need.wanted)),
        (hint,) if hint else (),
        too_little_for(supply.volume_ml, need.wanted),
    )


def open_tasks(session: Session, clinic: Clinic) -> list[Watch]:
    """What is to be ordered, to come or to be asked for, the latest first."""
    pump = joinedload(Watch.pump)
    asked = (
        sa.select(Watch)
        .where(
            Watch.clinic_id == clinic.id,
            Watch.kind.in_(KINDS.values()),
            Watch.closed_at.is_(None),
        )
        .order_by(Watch.danger_at, Watch.id)
        .options(pump.joinedload(Pump.patient), pump.joinedload(Pump.model))
    )
    return list(session.scalars(asked.limit(MOST_SHOWN)))


def orders_in(
    session: Session, clinic: Clinic, states: Sequence[OrderState], *, now: datetime
) -> list[OrderLine]:
    """The clinic's orders in these states, the newest first; what ended, of the last weeks."""
    asked = _orders(clinic.id).where(DrugOrder.state.in_(states))
    if not set(states) & {OrderState.ORDERED, OrderState.ARRIVED}:
        asked = asked.where(DrugOrder.recorded_at >= now - ENDED_SHOWN)
    orders = list(session.scalars(asked.limit(MOST_SHOWN)))
    return [line_of(one, _need_for(session, one, now=now)) for one in orders]


def of_gone(session: Session, clinic: Clinic) -> list[DrugOrder]:
    """What waits or lies here for patients who are another clinic's now; they aren't read."""
    asked = (
        sa.select(DrugOrder)
        .join(Pump, Pump.id == DrugOrder.pump_id)
        .where(
            DrugOrder.clinic_id == clinic.id,
            Pump.clinic_id != clinic.id,
            DrugOrder.state.in_(WAITING),
        )
        .order_by(DrugOrder.id)
        .options(selectinload(DrugOrder.drugs))
    )
    return list(session.scalars(asked.limit(MOST_SHOWN)))


def coming(session: Session, clinic: Clinic, *, now: datetime) -> list[OrderLine]:
    """What is ordered, what should have been here first."""
    found = orders_in(session, clinic, (OrderState.ORDERED,), now=now)
    return sorted(found, key=lambda one: one.order.expected_on or date.max)


def _need_for(session: Session, order: DrugOrder, *, now: datetime) -> Need | None:
    pump = order.pump
    if order.state is not OrderState.ARRIVED or pump is None:
        return None
    refill = session.scalar(sa.select(Watch).where(Watch.open_key == f"{pump.id}:refill"))
    if refill is None:
        return None
    return need_of(session, pump, chart_of(session, pump), refill, now=now)


def _orders(clinic_id: int) -> sa.Select[DrugOrder]:
    """Orders of this clinic; of a patient who has gone to another one, none."""
    pump = joinedload(DrugOrder.pump)
    return (
        sa.select(DrugOrder)
        .outerjoin(Pump, Pump.id == DrugOrder.pump_id)
        .where(
            DrugOrder.clinic_id == clinic_id,
            sa.or_(DrugOrder.pump_id.is_(None), Pump.clinic_id == clinic_id),
        )
        .order_by(DrugOrder.id.desc())
        .options(
            selectinload(DrugOrder.drugs),
            selectinload(DrugOrder.steps),
            pump.joinedload(Pump.patient),
            pump.joinedload(Pump.model),
            pump.joinedload(Pump.clinic),
        )
    )
