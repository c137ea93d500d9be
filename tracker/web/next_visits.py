"""What comes next, before the patient leaves: the date, the visit to book, the card to take."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue

from tracker.domain.calendar import start_of_day
from tracker.domain.danger import WatchKind
from tracker.domain.proposing import Offer, days_to_offer
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Pump, Refill, Watch
from tracker.services.appointments import booked_for
from tracker.services.outlooks import clinic_rules
from tracker.services.readings import lacks_estimate
from tracker.services.watches import open_key
from tracker.web.entries import last_refill
from tracker.web.rows import visible_pump

bp = Blueprint("next_visits", __name__)
DAY = timedelta(days=1)


@bp.get("/pumps/<int:pump_id>/next")
def show(pump_id: int) -> ResponseReturnValue:
    """The pump's refill-by as it now stands, and days on which the next visit could be."""
    pump = visible_pump(pump_id)
    watch, far_off = (_open(pump, one) for one in (WatchKind.REFILL, WatchKind.DISCREPANCY))
    visit, last = booked_for(g.session, pump.id), last_refill(pump)
    offer = Offer((), has_room=False) if visit or pump.ended_at else _offer(watch)
    return render_template(
        "refills/next.html",
        pump=pump,
        last=last,
        watch=watch,
        far_off=far_off,
        visit=visit,
        days=[(day, _booked_on(day)) for day in offer.days],
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


def _offer(watch: Watch | None) -> Offer:
    if watch is None or watch.danger_at is None:
        return Offer((), has_room=False)
    tomorrow = g.now.astimezone(g.clinic.zone).date() + DAY
    open_days = clinic_rules(g.clinic).open_days
    return days_to_offer(watch.danger_at, open_days, earliest=tomorrow)


def _booked_on(day: date) -> int:
    """How many visits are booked in this clinic for a day."""
    zone = g.clinic.zone
    asked = sa.select(sa.func.count()).where(
        Appointment.clinic_id == g.clinic.id,
        Appointment.state == VisitState.BOOKED,
        Appointment.scheduled_at >= start_of_day(day, zone),
        Appointment.scheduled_at < start_of_day(day + DAY, zone),
    )
    return int(g.session.scalar(asked) or 0)


def _usual_hour(last: Refill | None) -> str:
    """The hour of the last refill, at the half hour before: what suited once may suit again."""
    at: datetime = (last.filled_at if last else g.now).astimezone(g.clinic.zone)
    return f"{at:%H}:{'30' if at.minute >= 30 else '00'}"
