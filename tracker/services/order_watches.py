"""The watches on a drug's order and on the payer's yes: what the records ask for, kept so.

They follow the day of need: the visit, or refill-by where that is earlier or none is booked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import start_of_day
from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.orders import WAITING, OrderTracking, SupplyTask, Task
from tracker.domain.payers import authorisation_task, granted_until
from tracker.domain.supplies import order_task, ready_until
from tracker.models import Appointment, Pump, Watch
from tracker.services.charts import Chart, chart_of
from tracker.services.lifespans import born, close_keys, follow_policy, keep
from tracker.services.rows import set_changed
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
# the records after which an order may be used, or is not
FROM_REFILLS = (EvidenceKind.REFILL, EvidenceKind.VOID)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be done; where nothing is, the last day on which that is so, if it has one."""

    task: Task | None = None
    until: date | None = None


def keep_orders(
    session: Session,
    pump: Pump,
    *,
    because: Evidence | None,
    chart: Chart | None = None,
    now: datetime,
) -> None:
    """Open, move or close the two watches of a pump, in the transaction of `because`.

    With None only time has passed, which closes nothing (see `supply_looks`).

    A refill ends them both, by whatever stock it was done, and the next cycle begins. A day of
    need that can't be computed leaves them as they stand: that is a watch of its own. Where a
    clinic watches no orders there are none (see `order_rules` and `handovers`).
    """
    if because is not None and because.kind in FROM_REFILLS:
        keep_used(session, pump, now=now)
    rules = pump.clinic.orders
    is_watched = rules.tracking is not OrderTracking.NONE or rules.needs_authorisation
    if not is_watched or pump.ended_at is not None:
        set_changed(pump, supply_ends_at=None)
        return
    if because is not None and because.is_new_fill:
        _close(session, pump, KINDS, because, now=now)
    refill = _open(session, pump, WatchKind.REFILL)
    chart = chart or chart_of(session, pump)
    need = need_of(session, pump, chart, refill, now=now) if refill else None
    if refill is None or need is None:
        return
    judged = _judged(session, pump, chart, need, refill)
    for kind, found in judged.items():
        if found.task is not None:
            _say(session, pump, KINDS[kind], found.task, refill, now=now)
        elif because is not None:
            _close(session, pump, (kind,), because, now=now)
    set_changed(pump, supply_ends_at=_ends_at(pump, judged))


def tell_orders(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """The visit is booked, or won't be: the drug may be needed on another day now."""
    because = Evidence(EvidenceKind.APPOINTMENT, appointment.id)
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
    of_clinic = sa.update(Pump).where(Pump.clinic_id == clinic_id)
    session.execute(of_clinic.values(supply_ends_at=None))


def _judged(
    session: Session, pump: Pump, chart: Chart, need: Need, refill: Watch
) -> dict[SupplyTask, Judged]:
    order, payer = Judged(), Judged()
    said = reasons_of(session, pump, refill)
    if need.is_order_tracked and SupplyTask.ORDER not in said:
        supplies = [supply_of(one) for one in orders_of(session, pump, WAITING)]
        task = order_task(supplies, need.wanted)
        order = Judged(task, ready_until(supplies, need.wanted))
    if pump.clinic.orders.needs_authorisation and SupplyTask.AUTHORISATION not in said:
        payers = [one.as_payer() for one in payers_of(session, pump.id)]
        filled = [day_at(pump.clinic, one.fill.at) for one in chart.fills]
        asked = (need.days, payers, filled)
        payer = Judged(authorisation_task(*asked), granted_until(*asked))
    return {SupplyTask.ORDER: order, SupplyTask.AUTHORISATION: payer}


def _ends_at(pump: Pump, judged: dict[SupplyTask, Judged]) -> datetime | None:
    """When the first of what is ready ceases to be so if nothing is recorded until then."""
    days = [one.until for one in judged.values() if one.until not in (None, date.max)]
    if not days:
        return None
    return start_of_day(min(days) + timedelta(days=1), pump.clinic.zone)


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
