"""What comes next, before the patient leaves: the date, the visit to book, the card to take."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from tracker.domain.danger import WatchKind
from tracker.domain.planning import Due, PlanDay, Span
from tracker.domain.proposing import Offer, days_to_offer
from tracker.domain.travel import way_of
from tracker.models import Pump, Refill, Watch
from tracker.services.appointments import booked_for
from tracker.services.outlooks import clinic_rules
from tracker.services.places import days_between
from tracker.services.readings import lacks_estimate
from tracker.services.watches import open_key
from tracker.web.aways import known_of
from tracker.web.entries import last_refill
from tracker.web.rows import visible_pump

bp = Blueprint("next_visits", __name__)
DAY = timedelta(days=1)
LOOKED_AT = timedelta(weeks=6)  # ours: before that much of the drug would be thrown away


@bp.get("/pumps/<int:pump_id>/next")
def show(pump_id: int) -> ResponseReturnValue:
    """The pump's refill-by as it now stands, and days on which the next visit could be."""
    pump = visible_pump(pump_id)
    watch, far_off = (_open(pump, one) for one in (WatchKind.REFILL, WatchKind.DISCREPANCY))
    visit, last = booked_for(g.session, pump.id), last_refill(pump)
    offer, places = _offer(pump, None if visit or pump.ended_at else watch)
    return render_template(
        "refills/next.html",
        pump=pump,
        last=last,
        watch=watch,
        far_off=far_off,
        visit=visit,
        days=[(day, places[day]) for day in offer.days],
        passed_over=offer.passed_over,
        in_hand=known_of(pump),
        has_room=offer.has_room,
        at=_usual_hour(last),
        lacks_battery=lacks_estimate(g.session, pump),
    )


@bp.get("/pumps/<int:pump_id>/card")
def card(pump_id: int) -> ResponseReturnValue:
    """A page for the patient to take along."""
    pump = visible_pump(pump_id)
    facts: dict[str, Any] = {
        "watch": _open(pump, WatchKind.REFILL),
        "visit": booked_for(g.session, pump.id),
    }
    return render_template("refills/card.html", pump=pump, **facts)


def _open(pump: Pump, kind: WatchKind) -> Watch | None:
    asked = sa.select(Watch).where(Watch.open_key == open_key(pump, kind))
    found: Watch | None = g.session.scalar(asked)
    return found


def _offer(pump: Pump, watch: Watch | None) -> tuple[Offer, dict[date, PlanDay]]:
    """The days to offer, by the rule of the plan: never one without a place, nor one away."""
    if watch is None or watch.danger_at is None:
        return Offer((), has_room=False), {}
    tomorrow = g.now.astimezone(g.clinic.zone).date() + DAY
    last = max(tomorrow, watch.danger_at.astimezone(g.clinic.zone).date())
    first = max(tomorrow, last - LOOKED_AT)
    days = {day.on: day for day in days_between(g.session, g.clinic, first, last)}
    spans = tuple(Span(one.first_on, one.last_on) for one in known_of(pump).aways)
    is_home = pump.patient.is_seen_at_home
    way = way_of(pump.patient.travel_minutes, is_home=is_home)
    due = Due(pump.id, last, first, away=spans, is_home=is_home, way_minutes=way)

    def has_place(on: date) -> bool:
        is_there = days[on].is_for_home or not due.is_home
        return days[on].holds(due.way_minutes) and is_there and not due.is_away(on)

    def suits(on: date) -> bool:
        return has_place(on) and not due.is_late_after(on)

    open_days = clinic_rules(g.clinic).open_days
    for is_free in (suits, has_place):  # after an absence only where nothing is left before it
        offer = days_to_offer(watch.danger_at, open_days, earliest=first, is_free=is_free)
        if offer.days:
            break
    return offer, days


def _usual_hour(last: Refill | None) -> str:
    """The hour of the last refill, at the half hour before: what suited once may suit again."""
    at: datetime = (last.filled_at if last else g.now).astimezone(g.clinic.zone)
    return f"{at:%H}:{'30' if at.minute >= 30 else '00'}"
