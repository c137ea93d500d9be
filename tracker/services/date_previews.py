"""Which dates a change of the rules would move, worked out without writing anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from tracker.domain.danger import WatchKind
from tracker.domain.proposal import rules_from
from tracker.models import Clinic, Closure, Pump, Watch
from tracker.services import own_values
from tracker.services.charts import Chart, charts_of
from tracker.services.outlooks import look_ahead
from tracker.services.proposed import RULES
from tracker.services.watch_dates import battery_dates, refill_dates

SLICE = 200  # ours: pumps whose records are read at once


@dataclass(frozen=True, slots=True)
class Move:
    """One date that would move."""

    pump_id: int
    who: str
    serial: str
    kind: WatchKind
    before: datetime
    after: datetime

    @property
    def span(self) -> timedelta:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of the clinic's dates; the furthest moved stand first."""

    pumps: int
    later: list[Move]
    earlier: list[Move]
    newly_late: list[Move]


def foresee(
    session: Session, clinic: Clinic, subject: str, after: dict[str, Any], *, now: datetime
) -> Foreseen:
    """Which refill and battery dates would move if this came into force; writes nothing."""
    stored = _stored(session, clinic)
    moves, pumps = [], 0
    with session.no_autoflush, _as_if(session, clinic, subject, after, now):
        for pump, chart in _charts(session, clinic):
            pumps += 1
            for kind, at in _dates(pump, chart):
                before = stored.get((pump.id, kind))
                if before is not None and at is not None and at != before:
                    who = f"{pump.patient.family_name}, {pump.patient.given_name}"
                    moves.append(Move(pump.id, who, pump.serial, kind, before, at))
    moves.sort(key=lambda one: (-abs(one.span), one.pump_id))
    return Foreseen(
        pumps=pumps,
        later=[one for one in moves if one.after > one.before],
        earlier=[one for one in moves if one.after < one.before],
        newly_late=[one for one in moves if one.after <= now < one.before],
    )


@contextmanager
def _as_if(
    session: Session, clinic: Clinic, subject: str, after: dict[str, Any], now: datetime
) -> Iterator[None]:
    """The clinic as it would be; it is read from the database again afterwards.

    The values are set as if they had been loaded, so that nothing can write them.
    """
    names = ["closures"]
    if subject == RULES:
        rules = rules_from(after)
        for name in rules.as_json():
            set_committed_value(clinic, name, getattr(rules, name))
        names += rules.as_json()
    elif subject.startswith(f"{own_values.NAME}:"):
        own_values.suppose(clinic, subject.partition(":")[2], after, now=now)
        names.append("own_values")
    else:
        day = date.fromisoformat(subject.partition(":")[2])
        left = [one for one in clinic.closures if one.closed_on != day]
        added = [Closure(closed_on=day, name=after["name"])] if after else []
        set_committed_value(clinic, "closures", [*left, *added])
    try:
        yield
    finally:
        session.expire(clinic, names)


def _charts(session: Session, clinic: Clinic) -> Iterator[tuple[Pump, Chart]]:
    pumps = session.scalars(
        sa.select(Pump)
        .where(Pump.clinic_id == clinic.id, Pump.ended_at.is_(None))
        .order_by(Pump.id)
        .options(joinedload(Pump.patient), joinedload(Pump.model))
    ).all()
    for start in range(0, len(pumps), SLICE):
        some = pumps[start : start + SLICE]
        charts = charts_of(session, [one.id for one in some])
        for pump in some:
            yield pump, charts[pump.id]


def _dates(pump: Pump, chart: Chart) -> Iterator[tuple[WatchKind, datetime | None]]:
    outlook = look_ahead(pump, chart)
    yield WatchKind.REFILL, refill_dates(outlook).danger_at
    if pump.has_battery:
        yield WatchKind.BATTERY, battery_dates(pump, outlook).danger_at


def _stored(session: Session, clinic: Clinic) -> dict[tuple[int, WatchKind], datetime | None]:
    asked = sa.select(Watch.pump_id, Watch.kind, Watch.danger_at).where(
        Watch.clinic_id == clinic.id,
        Watch.closed_at.is_(None),
        Watch.kind.in_((WatchKind.REFILL, WatchKind.BATTERY)),
    )
    return {(row.pump_id, row.kind): row.danger_at for row in session.execute(asked)}
