"""The watches on a drug's order and on the payer's yes: what the records ask for, kept so.

They follow the day of need: the visit, or refill-by where that is earlier or none is booked.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import start_of_day
from tracker.domain.danger import WatchKind
from tracker.domain.orders import (
    WAITING,
    OrderTracking,
    SupplyTask,
    Task,
    authorisation_task,
    order_task,
)
from tracker.models import Appointment, Pump, Watch
from tracker.services.charts import Chart, chart_of
from tracker.services.lifespans import Evidence, born, close_keys, follow_policy, keep
from tracker.services.supplies import (
    Need,
    day_at,
    need_of,
    orders_of,
    payers_of,
    reasons_of,
    supply_of,
)
from tracker.services.used_orders import keep_used

KINDS = {
    SupplyTask.ORDER: WatchKind.ORDER,
    SupplyTask.AUTHORISATION: WatchKind.AUTHORISATION,
}
FROM_REFILLS = ("refill", "void")  # the records after which an order may be used, or is not


def keep_orders(
    session: Session,
    pump: Pump,
    *,
    because: Evidence,
    is_refill: bool = False,
    chart: Chart | None = None,
    now: datetime,
) -> None:
    """Open, move or close the two watches of a pump, in the transaction of `because`.

    A refill ends them both, by whatever stock it was done, and the next cycle begins. A day of
    need that can't be computed leaves them as they stand: that is a watch of its own. Where a
    clinic watches no orders there are none (see `order_rules` and `handovers`).
    """
    if because.kind in FROM_REFILLS:
        keep_used(session, pump, now=now)
    rules = pump.clinic.orders
    is_watched = rules.tracking is not OrderTracking.NONE or rules.needs_authorisation
    if not is_watched or pump.ended_at is not None:
        return
    if is_refill:
        _close(session, pump, KINDS, because, now=now)
    refill = _open(session, pump, WatchKind.REFILL)
    chart = chart or chart_of(session, pump)
    need = need_of(session, pump, chart, refill) if refill else None
    if refill is None or need is None:
        return
    for task, found in _tasks(session, pump, chart, need, refill).items():
        if found is None:
            _close(session, pump, (task,), because, now=now)
        else:
            _say(session, pump, KINDS[task], found, refill, now=now)


def tell_orders(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """The visit is booked, or won't be: the drug may be needed on another day now."""
    because = Evidence("appointment", appointment.id)
    keep_orders(session, appointment.pump, because=because, now=now)


def close_orders(session: Session, clinic_id: int, because: Evidence, *, now: datetime) -> None:
    """End all of them in a clinic that watches none any more."""
    asked = sa.select(Watch.open_key).where(
        Watch.clinic_id == clinic_id,
        Watch.kind.in_(KINDS.values()),
        Watch.closed_at.is_(None),
    )
    keys = [key for key in session.scalars(asked) if key is not None]
    close_keys(session, keys, because, now=now)


def _tasks(
    session: Session, pump: Pump, chart: Chart, need: Need, refill: Watch
) -> dict[SupplyTask, Task | None]:
    order: Task | None = None
    payer: Task | None = None
    said = reasons_of(session, pump, refill)
    if need.is_order_tracked and SupplyTask.ORDER not in said:
        supplies = [supply_of(one) for one in orders_of(session, pump, WAITING)]
        order = order_task(need.days, supplies, need.in_pump)
    if pump.clinic.orders.needs_authorisation and SupplyTask.AUTHORISATION not in said:
        payers = [one.as_payer() for one in payers_of(session, pump.id)]
        filled = [day_at(pump.clinic, one.fill.at) for one in chart.fills]
        payer = authorisation_task(need.days, payers, filled)
    return {SupplyTask.ORDER: order, SupplyTask.AUTHORISATION: payer}


def _say(
    session: Session, pump: Pump, kind: WatchKind, task: Task, refill: Watch, *, now: datetime
) -> None:
    """Open the watch or move the open one."""
    found, at = _open(session, pump, kind), start_of_day(task.due_on, pump.clinic.zone)
    watch = found or Watch(
        **born(
            kind,
            _key(pump, kind),
            clinic_id=pump.clinic_id,
            pump_id=pump.id,
            owner_id=pump.owner_id,
            now=now,
        )
    )
    has_moved = found is not None and found.danger_at != at
    watch.danger_at, watch.explanation = at, {"reasons": list(task.reasons)}
    watch.drugs = refill.drugs
    follow_policy(session, watch, refill.risk_class, now=now)
    keep(session, watch, is_new=found is None, has_moved=has_moved, now=now)


def _close(
    session: Session,
    pump: Pump,
    tasks: Iterable[SupplyTask],
    because: Evidence,
    *,
    now: datetime,
) -> None:
    session.flush()
    close_keys(session, [_key(pump, KINDS[one]) for one in tasks], because, now=now)


def _open(session: Session, pump: Pump, kind: WatchKind) -> Watch | None:
    return session.scalar(sa.select(Watch).where(Watch.open_key == _key(pump, kind)))


def _key(pump: Pump, kind: WatchKind) -> str:
    return f"{pump.id}:{kind}"
