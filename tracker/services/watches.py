"""The one writer of a watch's dates: opened, moved and closed with the record behind it."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import start_of_day
from tracker.domain.course import as_kept
from tracker.domain.danger import RefillDanger, Rule, WatchKind
from tracker.domain.events import Asked
from tracker.domain.plausibility import about_mismatch
from tracker.domain.risk import RiskClass
from tracker.domain.urgency import stopped_long_at
from tracker.models import Pump, Staff, Watch
from tracker.services.bookings import booked_for, take_visit
from tracker.services.charts import chart_of
from tracker.services.date_changes import Stood, keep_move, stood
from tracker.services.date_reasons import why
from tracker.services.happenings import asked_by_events, events_of, keep_admission
from tracker.services.lifespans import Evidence as Evidence
from tracker.services.lifespans import born, close, settle
from tracker.services.outlooks import Outlook, clinic_rules, look_ahead
from tracker.services.policies import newest_policy
from tracker.services.review_dates import review_due_at


@dataclass(frozen=True, slots=True)
class Dates:
    """What a watch is to say of its danger; every date may be unknown."""

    danger_at: datetime | None = None
    earliest_at: datetime | None = None
    likely_at: datetime | None = None
    latest_at: datetime | None = None
    dry_at: datetime | None = None
    counts_from_at: datetime | None = None
    binding_rule: Rule | None = None
    explanation: dict[str, Any] = field(default_factory=dict)


def reproject(
    session: Session, pump: Pump, *, because: Evidence, is_refill: bool = False, now: datetime
) -> Outlook:
    """Work out the pump's dangers afresh and let its watches say so.

    `because` is the record just written: with `is_refill` it ends the present refill watch and
    the next one opens; whatever it has put right (missing data, a mismatch) it ends as well.
    A late record of a pump that has ended opens nothing: its dangers are over.
    """
    session.flush()
    chart, events = chart_of(session, pump), events_of(session, pump)
    outlook = look_ahead(pump, chart)
    keep_admission(session, pump, events)
    if pump.ended_at is not None:
        close_all(session, pump, evidence=because, now=now)
        return outlook
    ended = None
    if is_refill:
        ended = close_watch(session, pump, WatchKind.REFILL, evidence=because, now=now)
    kept = [_keep(session, pump, WatchKind.REFILL, refill_dates(outlook), outlook, now)]
    if pump.has_battery:
        battery = battery_dates(pump, outlook)
        kept.append(_keep(session, pump, WatchKind.BATTERY, battery, outlook, now))
    for watch, before in kept:
        before = before or (stood(ended) if watch.kind is WatchKind.REFILL else None)
        why_moved = partial(why, session, pump, chart, because)
        keep_move(session, pump, watch, before, because=because, why=why_moved, now=now)
    wanted = asked_by_events(pump, events, chart)
    open_kinds = _open_kinds(session, pump)
    for kind, said in (
        (WatchKind.NO_DATA, missing(outlook)),
        (WatchKind.MISMATCH, mismatch(outlook)),
        (WatchKind.STOPPED, stopped(outlook)),
        *((kind, asked_for(kind, one)) for kind, one in wanted.items()),
    ):
        if said is not None:
            _keep(session, pump, kind, said, outlook, now)
        elif kind in open_kinds:
            close_watch(session, pump, kind, evidence=because, now=now)
    is_asked = WatchKind.REVIEW in open_kinds
    keep_asking(session, pump, is_asked=is_asked, because=because, now=now)
    session.flush()
    return outlook


def close_watch(
    session: Session, pump: Pump, kind: WatchKind, *, evidence: Evidence, now: datetime
) -> Watch | None:
    """End the open watch of `kind`, if there is one, with what shows the danger to be over."""
    watch = _open_watch(session, pump, kind)
    if watch is not None:
        close(session, watch, evidence, now=now)
        session.flush()  # the key is free before the next watch takes it
    return watch


def close_all(session: Session, pump: Pump, *, evidence: Evidence, now: datetime) -> None:
    """End every watch of a pump that has itself ended."""
    for kind in _open_kinds(session, pump):
        close_watch(session, pump, kind, evidence=evidence, now=now)
    pump.review_asks_at = None


def hand_over(session: Session, pump: Pump, old: Staff, new: Staff) -> None:
    """Give the pump's open watches that `old` answers for to `new`."""
    session.execute(
        sa.update(Watch)
        .where(Watch.pump_id == pump.id, Watch.closed_at.is_(None), Watch.owner_id == old.id)
        .values(owner_id=new.id)
    )


def refill_dates(outlook: Outlook) -> Dates:
    """The dates of the refill watch; all unknown when they can't be computed."""
    danger = outlook.refill
    if danger is None:
        return Dates(explanation={"cannot": outlook.cannot})
    return Dates(
        danger_at=danger.refill_by_at,
        earliest_at=danger.earliest_low_at,
        likely_at=danger.likely_low_at,
        latest_at=danger.latest_low_at,
        dry_at=danger.earliest_empty_at,
        counts_from_at=danger.counts_from,
        binding_rule=danger.binding,
        explanation=_explained(danger),
    )


def _explained(danger: RefillDanger) -> dict[str, Any]:
    return {
        "terms": [{"rule": term.rule, "at": term.at.isoformat()} for term in danger.terms],
        "before_closures_at": danger.before_closures_at.isoformat(),
        "low_at": danger.low_at and danger.low_at.isoformat(),
        "empty_at": danger.empty_at and danger.empty_at.isoformat(),
        "stated_alarm_on": danger.printed_alarm_on and danger.printed_alarm_on.isoformat(),
        "stated_how": danger.stated and danger.stated.how,
        "mismatch_days": danger.mismatch_days,
    }


def battery_dates(pump: Pump, outlook: Outlook) -> Dates:
    """The dates of the battery watch: its danger is the day by which surgery must be booked."""
    danger = outlook.battery
    if danger is None:
        return Dates(explanation={"cannot": outlook.battery_cannot})
    zone = pump.clinic.zone
    ends_at = start_of_day(danger.end_of_service_on, zone)
    book_by = clinic_rules(pump.clinic).open_days.moved_back(
        start_of_day(danger.book_by_on, zone)
    )
    return Dates(
        danger_at=book_by,
        likely_at=ends_at,
        dry_at=ends_at,
        binding_rule=danger.binding,
        explanation={
            "terms": [{"rule": term.rule, "on": term.on.isoformat()} for term in danger.terms],
            "plan_from_on": danger.plan_from_on.isoformat(),
            "end_of_service_on": danger.end_of_service_on.isoformat(),
        },
    )


def missing(outlook: Outlook) -> Dates | None:
    """Why a date can't be computed or believed: an alarm, never a blank. None if neither."""
    reasons = [one for one in (outlook.cannot, outlook.battery_cannot) if one]
    if outlook.unrecorded_since is not None:
        reasons.append(
            "At an interrogation it was said that the programme had been changed, and the new"
            " one is not recorded: the dates still count with the old one. Record it."
        )
    return Dates(explanation={"reasons": reasons}) if reasons else None


def mismatch(outlook: Outlook) -> Dates | None:
    """The programmer's date and ours can't both be right: to be settled before refill-by."""
    danger = outlook.refill
    if danger is None or danger.mismatch_days is None:
        return None
    return Dates(
        danger_at=danger.refill_by_at,
        explanation={"reasons": list(about_mismatch(danger))},
    )


def stopped(outlook: Outlook) -> Dates | None:
    """A stopped pump uses nothing and gives nothing: never "no consumption, no hurry"."""
    since = outlook.stopped_since
    if since is None:
        return None
    return Dates(
        danger_at=stopped_long_at(since, outlook.risk),
        explanation={"reasons": ["The pump is stopped: the patient receives no drug."]},
    )


def asked_for(kind: WatchKind, asked: Asked | None) -> Dates | None:
    """What an event asks for. Only a scan may lie ahead, and alone has a date to be held to."""
    if asked is None:
        return None
    at = asked.at if kind is WatchKind.INTERROGATION else None
    return Dates(danger_at=at, explanation={"reasons": list(asked.reasons)})


def keep_asking(
    session: Session, pump: Pump, *, is_asked: bool, because: Evidence, now: datetime
) -> None:
    """Move the day on which a review is asked for; one that has been held ends the asking.

    The tick opens the watch: until then there is nothing to see to.
    """
    asks_at = review_due_at(session, pump)
    if is_asked and asks_at > now:
        close_watch(session, pump, WatchKind.REVIEW, evidence=because, now=now)
    pump.review_asks_at = None if is_asked and asks_at <= now else asks_at


def _open_kinds(session: Session, pump: Pump) -> set[WatchKind]:
    """Which dangers of the pump are watched now."""
    asked = sa.select(Watch.kind).where(Watch.pump_id == pump.id, Watch.closed_at.is_(None))
    return set(session.scalars(asked))


def _open_watch(session: Session, pump: Pump, kind: WatchKind) -> Watch | None:
    return session.scalar(sa.select(Watch).where(Watch.open_key == open_key(pump, kind)))


def open_key(pump: Pump, kind: WatchKind) -> str:
    """What makes two open watches on one danger of one pump impossible."""
    return f"{pump.id}:{kind}"


def _keep(
    session: Session,
    pump: Pump,
    kind: WatchKind,
    dates: Dates,
    outlook: Outlook,
    now: datetime,
) -> tuple[Watch, Stood | None]:
    """Open the watch or move the open one, and say what is due; with what it said before."""
    found = _open_watch(session, pump, kind)
    before = stood(found)
    watch = found or _new_watch(session, pump, kind, now=now)
    since = _unmoved_since(watch, dates) or now.isoformat()
    for name in Dates.__slots__:
        setattr(watch, name, getattr(dates, name))
    watch.explanation = {**dates.explanation, "computed_at": since}
    watch.drugs, watch.stopped_since = outlook.drugs, outlook.stopped_since
    watch.levels = as_kept(outlook.course)
    _follow_policy(session, watch, outlook.risk, now=now)
    settle(session, watch, now=now)
    session.add(watch)
    session.flush()
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


def _follow_policy(session: Session, watch: Watch, risk: RiskClass, *, now: datetime) -> None:
    # A watch keeps the version it was opened with, until its drug moves it to another class.
    if watch.policy is None or watch.risk_class is not risk:
        watch.policy = newest_policy(session, watch.clinic_id, watch.kind, risk, now=now)
    watch.risk_class = risk
