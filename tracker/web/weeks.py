"""The calendar: weeks of days with their places, and one visit taken in hand to find it a day.

Whoever takes a visit or a pump in hand sees on each day a button that puts it there. The
buttons belong to one form with the hour, which `appointments` answers; no script is needed.
"""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask import Blueprint, abort, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from tracker.domain.calendar import parse_day, start_of_day
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.planning import DAY, PlanDay
from tracker.domain.travel import way_of
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Away, Pump, Role, Watch
from tracker.services.aways import aways_of, missed_by
from tracker.services.bookings import booked_for
from tracker.services.places import days_between
from tracker.services.wanted_visits import Wanted, is_answered, usual_hour, wanted_pumps
from tracker.web.allowing import allowing
from tracker.web.appointments import LATER, SINCE, has_come
from tracker.web.forms import Form
from tracker.web.rows import visible, visible_pump
from tracker.web.seen import saw

bp = Blueprint("weeks", __name__)
SHOWN_WEEKS = 4  # ours: as far as one looks ahead for a free day
MOST_TO_BOOK = 40  # ours: more than a clinic books in four weeks
LOOK_BEYOND = timedelta(weeks=2)  # ours: who is due soon after is booked in these weeks too
MOST_READ = 500  # ours: far more than are due in six weeks
SHOWN = (VisitState.BOOKED, VisitState.KEPT, VisitState.MISSED)


@dataclass(frozen=True, slots=True)
class Shown:
    """A visit on its day, and what is wrong with it."""

    visit: Appointment
    refill_by_at: datetime | None
    is_away: bool

    @property
    def is_late(self) -> bool:
        at = self.refill_by_at
        return (
            at is not None
            and self.visit.state is VisitState.BOOKED
            and (self.visit.scheduled_at > at)
        )


@dataclass(frozen=True, slots=True)
class InHand:
    """What a day is looked for: a pump, with its visit where one is booked."""

    pump: Pump
    visit: Appointment | None
    refill_id: int | None  # its watch
    refill_by_at: datetime | None
    refill_by_on: date | None
    missed: list[datetime]
    aways: list[Away]

    def is_late(self, day: date) -> bool:
        """Whether no hour of the day comes before refill-by."""
        return self.refill_by_on is not None and day > self.refill_by_on

    @property
    def way_minutes(self) -> int:
        """There and back, where this visit is at home."""
        who, visit = self.pump.patient, self.visit
        return way_of(
            who.travel_minutes, is_home=visit.is_home if visit else who.is_seen_at_home
        )

    def is_away(self, day: date) -> bool:
        return any(one.first_on <= day <= one.last_on for one in self.aways)


@bp.get("/calendar")
def show() -> ResponseReturnValue:
    """Four weeks from the one that was asked for."""
    in_hand = _in_hand()
    monday = _first_week(request.args.get("week", ""), in_hand)
    last = monday + SHOWN_WEEKS * 7 * DAY - DAY
    due = wanted_pumps(g.session, g.clinic, until=last + LOOK_BEYOND, most=MOST_READ)
    today = g.now.astimezone(g.clinic.zone).date()
    to_book = [one for one in due if not is_answered(one, g.clinic, today)]
    saw(one.patient_id for one in to_book[:MOST_TO_BOOK])
    form = _form(in_hand, to_book)
    return render_template(
        "weeks/show.html",
        weeks=_weeks(monday, last),
        monday=monday,
        before=monday - 7 * DAY,
        after=monday + 7 * DAY,
        in_hand=in_hand,
        form=form,
        ends=_ends(in_hand),
        to_book=to_book[:MOST_TO_BOOK],
        more=len(to_book) - MOST_TO_BOOK,
        aways=aways_of(g.session, {one.patient_id for one in to_book}, since=g.today),
        is_clinician=g.role is Role.CLINICIAN,
        allowing=allowing(in_hand.refill_id, in_hand.refill_by_at, form) if in_hand else None,
        VisitState=VisitState,
        held=_held(in_hand),
        has_hour_passed=form["scheduled_at_time"] <= f"{g.now.astimezone(g.clinic.zone):%H:%M}",
        aimed=_day(request.args.get("on", "")),  # where the mouse let go of it
    )


def _weeks(first: date, last: date) -> list[list[tuple[PlanDay, list[Shown]]]]:
    """The days by week, each with its visits; a weekday that is never open and empty is left
    out by the page."""
    days = days_between(g.session, g.clinic, first, last)
    visits = _visits(first, last)
    shown = [(day, visits[day.on]) for day in days]
    return [shown[start : start + 7] for start in range(0, len(shown), 7)]


def _visits(first: date, last: date) -> dict[date, list[Shown]]:
    zone = g.clinic.zone
    open_refill = sa.and_(
        Watch.pump_id == Appointment.pump_id,
        Watch.kind == WatchKind.REFILL,
        Watch.closed_at.is_(None),
    )
    asked = (
        sa.select(Appointment, Watch.danger_at)
        .join(Pump, Pump.id == Appointment.pump_id)
        .outerjoin(Watch, open_refill)
        .where(
            Appointment.clinic_id == g.clinic.id,
            Pump.clinic_id == g.clinic.id,
            Appointment.state.in_(SHOWN),
            Appointment.scheduled_at >= start_of_day(first, zone),
            Appointment.scheduled_at < start_of_day(last + DAY, zone),
        )
        .order_by(Appointment.scheduled_at, Appointment.id)
        .options(joinedload(Appointment.pump).joinedload(Pump.patient))
    )
    rows = g.session.execute(asked).all()
    aways = aways_of(g.session, {row[0].pump.patient_id for row in rows}, since=first)
    found: dict[date, list[Shown]] = defaultdict(list)
    for visit, refill_by_at in rows:
        day = visit.scheduled_at.astimezone(zone).date()
        away = any(
            one.first_on <= day <= one.last_on for one in aways.get(visit.pump.patient_id, ())
        )
        found[day].append(Shown(visit, refill_by_at, away))
    return found


def _in_hand() -> InHand | None:
    """The visit or pump that the address names."""
    visit_id, pump_id = (request.args.get(name, "") for name in ("visit", "pump"))
    if not (visit_id or pump_id):
        return None
    number = visit_id or pump_id
    if not number.isdecimal() or len(number) > 9:
        abort(404)
    visit: Appointment | None = None
    if visit_id:
        visit = visible(Appointment, int(number))
    pump = visible_pump(visit.pump_id if visit else int(number))
    if visit is None:
        visit = booked_for(g.session, pump.id)
    asked = sa.select(Watch.id, Watch.danger_at).where(
        Watch.pump_id == pump.id, Watch.kind == WatchKind.REFILL, Watch.closed_at.is_(None)
    )
    refill, patient = g.session.execute(asked).first(), [pump.patient_id]
    danger_at = refill.danger_at if refill else None
    return InHand(
        pump=pump,
        visit=visit if visit and visit.state is VisitState.BOOKED else None,
        refill_id=refill.id if refill else None,
        refill_by_at=danger_at,
        refill_by_on=danger_at and danger_at.astimezone(g.clinic.zone).date(),
        missed=missed_by(g.session, patient, now=g.now).get(pump.patient_id, []),
        aways=aways_of(g.session, patient, since=g.today).get(pump.patient_id, []),
    )


def _form(in_hand: InHand | None, to_book: list[Wanted]) -> Form:
    """The form of what is in hand, with the hour that suited before."""
    form = Form()
    if in_hand is None:
        return form
    if in_hand.visit is not None:
        form.put_moment("scheduled_at", in_hand.visit.scheduled_at, g.clinic.zone)
        form.put("is_home", "yes" if in_hand.visit.is_home else "")
        return form
    mine = next((one for one in to_book if one.pump_id == in_hand.pump.id), None)
    form.put("scheduled_at_time", f"{usual_hour(mine, g.clinic):%H:%M}" if mine else "10:00")
    form.put("is_home", "yes" if in_hand.pump.patient.is_seen_at_home else "")
    return form


def _held(in_hand: InHand | None) -> dict[str, int]:
    """What stays in hand while other weeks are looked at."""
    if in_hand is None:
        return {}
    return {"visit": in_hand.visit.id} if in_hand.visit else {"pump": in_hand.pump.id}


def _ends(in_hand: InHand | None) -> tuple[VisitState, ...]:
    """What can be said of the visit in hand."""
    if in_hand is None or in_hand.visit is None:
        return ()
    return SINCE if has_come(in_hand.visit.scheduled_at) else LATER


def _first_week(text: str, in_hand: InHand | None) -> date:
    """The week asked for; else, of a pump in hand, such that refill-by is in the last one."""
    this = _monday(text)
    if text or in_hand is None or in_hand.refill_by_on is None:
        return this
    return max(this, _monday((in_hand.refill_by_on - (SHOWN_WEEKS - 1) * 7 * DAY).isoformat()))


def _monday(typed: str) -> date:
    """The Monday of the day in the address; of this week, where there is none."""
    day: date = _day(typed) or g.today
    return day - day.weekday() * DAY


def _day(typed: str) -> date | None:
    with suppress(TrackerError):  # an address that was mistyped is as one without
        return parse_day(typed) if typed else None
    return None
