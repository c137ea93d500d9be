"""The one writer of a watch's dates: opened, moved and closed with the record behind it."""

from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.course import as_kept
from tracker.domain.danger import WatchKind
from tracker.domain.evidence import Evidence, EvidenceKind, ends
from tracker.models import Pump, Staff, Watch
from tracker.services.bookings import booked_for, take_visit
from tracker.services.charts import Chart, chart_of
from tracker.services.date_changes import Stood, keep_move, stood
from tracker.services.date_reasons import why
from tracker.services.happenings import (
    asked_by_discharge,
    asked_by_events,
    events_of,
    keep_admission,
)
from tracker.services.leavings import with_leaving
from tracker.services.lifespans import born, close, follow_policy, keep
from tracker.services.order_watches import keep_orders
from tracker.services.outlooks import Outlook, look_ahead
from tracker.services.residuals import unsettled_refill
from tracker.services.review_dates import review_due_at
from tracker.services.rows import set_changed
from tracker.services.watch_dates import (
    Dates,
    asked_for,
    battery_dates,
    discrepancy,
    mismatch,
    missing,
    refill_dates,
    stopped,
)

# asked for each record, so put together once
_WATCH = sa.select(Watch).options(joinedload(Watch.policy, innerjoin=True))  # settled by it
_OPEN = _WATCH.where(Watch.open_key == sa.bindparam("open_key"))
_ALL_OPEN = _WATCH.add_columns(Watch.open_key).where(
    Watch.pump_id == sa.bindparam("pump_id"), Watch.closed_at.is_(None)
)

OpenWatches = dict[WatchKind, Watch]


def reproject(
    session: Session,
    pump: Pump,
    *,
    because: Evidence,
    chart: Chart | None = None,
    now: datetime,
) -> Outlook:
    """Work out the pump's dangers afresh and let its watches say so.

    `because` is the record just written: the newest fill ends the present refill watch, and
    the next one opens; whatever it has put right (missing data, a mismatch) it ends as well.
    `chart` is the pump's with that record in it, where the caller knows it.
    A late record of a pump that has ended opens nothing: its dangers are over.
    """
    session.flush()
    chart, events = chart or chart_of(session, pump), events_of(session, pump)
    outlook = look_ahead(pump, chart)
    keep_admission(session, pump, events)
    if pump.ended_at is not None:
        close_all(session, pump, now=now)
        return outlook
    watches = open_watches(session, pump)
    ended = None
    if ends(WatchKind.REFILL, because):
        ended = _close(session, watches, WatchKind.REFILL, because, now=now)
    dates = with_leaving(session, pump, refill_dates(outlook))
    kept = [_keep(session, pump, watches, WatchKind.REFILL, dates, outlook, now)]
    if pump.has_battery:
        battery = battery_dates(pump, outlook)
        kept.append(_keep(session, pump, watches, WatchKind.BATTERY, battery, outlook, now))
    for watch, before in kept:
        before = before or (stood(ended) if watch.kind is WatchKind.REFILL else None)
        why_moved = partial(why, session, pump, chart, because)
        keep_move(session, pump, watch, before, because=because, why=why_moved, now=now)
    wanted = asked_by_events(pump, events, chart)
    for kind, said in (
        (WatchKind.NO_DATA, missing(outlook, asked_by_discharge(events, chart))),
        (WatchKind.MISMATCH, mismatch(outlook)),
        (WatchKind.STOPPED, stopped(outlook)),
        (WatchKind.DISCREPANCY, discrepancy(unsettled_refill(session, pump, chart))),
        *((kind, asked_for(kind, one)) for kind, one in wanted.items()),
    ):
        if said is not None:
            _keep(session, pump, watches, kind, said, outlook, now)
        elif ends(kind, because):
            _close(session, watches, kind, because, now=now)
    keep_orders(session, pump, because=because, chart=chart, now=now)
    _keep_asking(session, pump, watches, because, now=now)
    session.flush()
    return outlook


def close_all(session: Session, pump: Pump, *, now: datetime) -> None:
    """End every watch of a pump that has itself ended, with that."""
    assert pump.end_kind is not None  # the database wants one with the end
    evidence = Evidence(EvidenceKind(pump.end_kind), pump.id)
    asked = sa.select(Watch).where(Watch.pump_id == pump.id, Watch.closed_at.is_(None))
    for watch in session.scalars(asked).all():
        if (watch.open_key or "").startswith(f"{pump.id}:"):  # others are about the watching
            close(session, watch, evidence, now=now)
    session.flush()
    pump.review_asks_at = pump.supply_ends_at = None


def hand_over(session: Session, pump: Pump, old: Staff, new: Staff) -> None:
    """Give the pump's open watches that `old` answers for to `new`."""
    session.execute(
        sa.update(Watch)
        .where(Watch.pump_id == pump.id, Watch.closed_at.is_(None), Watch.owner_id == old.id)
        .values(owner_id=new.id)
    )


def _keep_asking(
    session: Session, pump: Pump, watches: OpenWatches, because: Evidence, *, now: datetime
) -> None:
    """Move the day on which a review is asked for; one that has been held ends the asking.

    The tick opens the watch: until then there is nothing to see to.
    """
    asks_at = review_due_at(session, pump)
    if ends(WatchKind.REVIEW, because, stands=asks_at <= now):
        _close(session, watches, WatchKind.REVIEW, because, now=now)
    set_changed(pump, review_asks_at=None if WatchKind.REVIEW in watches else asks_at)


def _close(
    session: Session,
    watches: OpenWatches,
    kind: WatchKind,
    evidence: Evidence,
    *,
    now: datetime,
) -> Watch | None:
    """End the open watch of `kind`, if there is one, with what shows the danger to be over."""
    watch = watches.pop(kind, None)
    if watch is not None:
        close(session, watch, evidence, now=now)
        session.flush()  # the key is free before the next watch takes it
    return watch


def open_of(session: Session, pump: Pump, kind: WatchKind) -> Watch | None:
    """The open watch of a kind of danger, if the pump has one."""
    return session.scalar(_OPEN, {"open_key": open_key(pump, kind)})


def open_watches(session: Session, pump: Pump) -> OpenWatches:
    """The open watches on the dangers of the pump itself; others are about the watching."""
    found = session.execute(_ALL_OPEN, {"pump_id": pump.id})
    return {one.kind: one for one, key in found if key == open_key(pump, one.kind)}


def open_key(pump: Pump, kind: WatchKind) -> str:
    """What makes two open watches on one danger of one pump impossible."""
    return f"{pump.id}:{kind}"


def _keep(
    session: Session,
    pump: Pump,
    watches: OpenWatches,
    kind: WatchKind,
    dates: Dates,
    outlook: Outlook,
    now: datetime,
) -> tuple[Watch, Stood | None]:
    """Open the watch or move the open one, and say what is due; with what it said before."""
    found = watches.get(kind)
    before, has_moved = stood(found), found is not None and found.danger_at != dates.danger_at
    watch = found or _new_watch(session, pump, kind, now=now)
    since = _unmoved_since(watch, dates) or now.isoformat()
    for name in Dates.__slots__:
        setattr(watch, name, getattr(dates, name))
    watch.explanation = {**dates.explanation, "computed_at": since}
    watch.drugs, watch.stopped_since = outlook.drugs, outlook.stopped_since
    watch.levels = as_kept(outlook.course)
    follow_policy(session, watch, outlook.risk, now=now)
    keep(session, watch, is_new=found is None, has_moved=has_moved, now=now)
    return watch, before


def _unmoved_since(watch: Watch, dates: Dates) -> str | None:
    """When what the watch says was worked out like this first; None if it says otherwise now.

    Kept, so that the page of the dates can say how old they are.
    """
    said = dict(watch.explanation or {})
    since: str | None = said.pop("computed_at", None)
    names = [name for name in Dates.__slots__ if name != "explanation"]
    is_same = all(getattr(watch, name) == getattr(dates, name) for name in names)
    return since if is_same and said == dates.explanation else None


def _new_watch(session: Session, pump: Pump, kind: WatchKind, *, now: datetime) -> Watch:
    watch = Watch(
        **born(
            kind,
            open_key(pump, kind),
            clinic_id=pump.clinic_id,
            pump_id=pump.id,
            owner_id=pump.owner_id,
            now=now,
        )
    )
    if kind is WatchKind.REFILL:
        take_visit(watch, pump, booked_for(session, pump.id))
    return watch
