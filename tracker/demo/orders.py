"""Orders at the invented pharmacy, what payers said, and how patients come to a visit."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from tracker.demo.lives import DAY, Act, Cast
from tracker.demo.people import RIVERSIDE
from tracker.domain.orders import OrderRules, OrderState, OrderTracking, PayerStep, SupplyTask
from tracker.domain.visit import Transport
from tracker.models import Pump, Watch
from tracker.services.appointments import booked_for
from tracker.services.arrangements import ArrangementFacts, arrange
from tracker.services.arrivals import ArrivalFacts, discard, record_arrival
from tracker.services.authorisations import PayerFacts, record_authorisation
from tracker.services.charts import chart_of
from tracker.services.order_rules import put
from tracker.services.orders import OrderFacts, cancel, give_reason, place_order
from tracker.services.supplies import strengths_of

HOUR = timedelta(hours=1)
PHARMACY = "Example Compounding Pharmacy"
# compounded drugs, in the order of their refill-by: one state after the other
STATES = (
    OrderState.ARRIVED,
    OrderState.ORDERED,
    OrderState.CANCELLED,
    OrderState.DISCARDED,
    OrderState.ORDERED,
)
ARRANGED = (
    (
        13,
        ArrangementFacts(transport=Transport.ARRANGED, transport_by="patient transport"),
    ),
    (
        17,
        ArrangementFacts(
            transport=Transport.OWN, interpreter="Polish", is_interpreter_booked=True
        ),
    ),
    (21, ArrangementFacts(transport=Transport.NEEDED, note="walks with a frame")),
    (24, ArrangementFacts(transport=Transport.OWN)),
)


def orders(cast: Cast, begin: datetime) -> Iterator[Act]:
    """The first clinic has compounded drugs watched since yesterday; the other one none."""
    if cast.clinic.name != RIVERSIDE:
        return
    at = begin - 10 * HOUR
    yield Act(at, 8, partial(_order_all, cast, at))
    for number, facts in ARRANGED:
        yield Act(at + HOUR, 8, partial(_arrange, cast, number, facts, at + HOUR))


def _order_all(cast: Cast, at: datetime) -> None:
    """What lies long enough ahead is on the shelf; the rest stands in every state there is."""
    rules = OrderRules(OrderTracking.COMPOUNDED)
    put(cast.session, cast.clinic, rules.as_json(), now=at)
    pumps = _asked_for(cast)
    for pump, state in zip(pumps, STATES, strict=False):
        _order(cast, pump, state, at)
    for pump in pumps[len(STATES) + 1 :]:  # one is left with nothing done
        why = "a lot of this strength lies on the shelf"
        give_reason(cast.session, pump, SupplyTask.ORDER, reason=why, by=cast.nurse, now=at)
    for pump in pumps[:2]:
        _ask_payer(cast, pump, at)


def _asked_for(cast: Cast) -> list[Pump]:
    asked = sa.select(Watch).where(
        Watch.clinic_id == cast.clinic.id,
        Watch.kind == "order",
        Watch.closed_at.is_(None),
    )
    found = cast.session.scalars(asked.order_by(Watch.danger_at, Watch.id))
    return [watch.pump for watch in found if watch.pump is not None]


def _order(cast: Cast, pump: Pump, state: OrderState, at: datetime) -> None:
    fill = chart_of(cast.session, pump).latest_fill
    assert fill is not None, "an order is asked for where a fill is on record"
    today = at.astimezone(cast.clinic.zone).date()
    by: dict[str, Any] = {"by": cast.nurse, "now": at}
    facts = OrderFacts(
        drugs=strengths_of(fill),
        volume_ml=pump.reservoir_capacity_ml,
        pharmacy=PHARMACY,
        ordered_on=today - 6 * DAY,
        expected_on=today + 2 * DAY if state is OrderState.ORDERED else None,
    )
    order = place_order(cast.session, cast.clinic, pump, facts, **by)
    if state is OrderState.CANCELLED:
        cancel(cast.session, order, reason="the pharmacy is out of stock", **by)
    if state not in (OrderState.ARRIVED, OrderState.DISCARDED):
        return
    arrival = ArrivalFacts(
        arrived_on=today - DAY,
        label=strengths_of(fill),
        lot=f"EX-{order.id:04d}",
        volume_ml=pump.reservoir_capacity_ml,
        beyond_use_on=today + 45 * DAY,
        checked_by_id=cast.second.id,
    )
    record_arrival(cast.session, order, arrival, **by)
    if state is OrderState.DISCARDED:
        discard(cast.session, order, reason="the seal was broken", on=today, **by)


def _ask_payer(cast: Cast, pump: Pump, at: datetime) -> None:
    today = at.astimezone(cast.clinic.zone).date()
    facts = PayerFacts(
        step=PayerStep.GRANTED,
        happened_on=today - 20 * DAY,
        payer="Example Insurance",
        number="EX-2207",
        valid_from_on=today - 20 * DAY,
        valid_until_on=today + 340 * DAY,
        refills=4,
    )
    record_authorisation(cast.session, pump, facts, by=cast.nurse, now=at)


def _arrange(cast: Cast, number: int, facts: ArrangementFacts, at: datetime) -> None:
    pump = cast.pumps[f"{cast.clinic.id}{number:03d}"]
    visit = booked_for(cast.session, pump.id)
    assert visit is not None, "booked two days before"
    arrange(cast.session, visit, facts, by=cast.nurse, now=at)
