"""The plan of twelve weeks: offered with its reasons, booked by whoever accepts it."""

import re
from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.errors import TrackerError
from tracker.models import Pump
from tracker.services.at_once import at_once_of
from tracker.services.visit_plans import NotTaken, VisitPlan, accept, plan_visits
from tracker.web.rights import may_open
from tracker.web.rows import visible_pump
from tracker.web.seen import saw

bp = Blueprint("visit_plans", __name__)
MOST_AT_ONCE = 400  # ours: more visits than the largest clinic plans in twelve weeks
FIELD = re.compile(r"visit-([0-9]{1,9})")


@bp.get("/plan")
def show() -> ResponseReturnValue:
    """What is offered now; nothing of it is kept."""
    return _page()


@bp.post("/plan")
def take() -> ResponseReturnValue:
    """Book what was chosen: one visit, those of a day, or all that are marked."""
    chosen = list(_chosen())
    if not chosen:
        return _page(said="Nothing was chosen: mark the visits to book.", status=422)
    booked, refused = accept(g.session, chosen, by=g.staff, now=g.now)
    g.session.commit()
    if booked:
        flash(f"{booked} refill{'s are' if booked != 1 else ' is'} booked.")
    if refused:
        return _page(refused=refused, status=422)
    return redirect(url_for("visit_plans.show"))


def _chosen() -> list[tuple[Pump, datetime]]:
    """The pumps and times that the form names: the marked ones, or those of one button.

    A visit is named by its first pump, and its value has the time and all of its pumps.
    """
    found, only = list[tuple[Pump, datetime]](), request.form.get("only", "")
    for name, value in request.form.items():
        first, (typed, *pumps) = FIELD.fullmatch(name), value.split("|")
        at = _instant(typed)
        if first is None or at is None:
            continue
        day = at.date().isoformat()
        is_marked = request.form.get(f"mark-{first[1]}") == "yes"
        if only in (day, first[1]) or (is_marked and not only):
            numbers = [int(one) for one in pumps if one.isdecimal() and len(one) < 10]
            found += [(visible_pump(one), at) for one in numbers]
    return found[:MOST_AT_ONCE]


def _instant(typed: str) -> datetime | None:
    """The time by the clinic's clock."""
    try:
        at = datetime.fromisoformat(typed)
        return None if at.tzinfo is None else at.astimezone(UTC).astimezone(g.clinic.zone)
    except (ValueError, OverflowError):  # no instant, or one that no clock can show
        return None


def _page(
    *, refused: list[NotTaken] | None = None, said: str = "", status: int = 200
) -> ResponseReturnValue:
    plan, problem = VisitPlan([], [], []), said
    try:
        plan = plan_visits(g.session, g.clinic, now=g.now)
    except TrackerError as error:
        problem = error.message
    saw(one.who.patient_id for one in (*plan.placed, *plan.unplaced))
    page = render_template(
        "visit_plans/show.html",
        plan=plan,
        days={day.on: day for day in plan.days},
        problem=problem,
        at_once=at_once_of(
            g.session,
            (pump.pump_id for one in (*plan.placed, *plan.unplaced) for pump in one.pumps),
        ),
        refused=refused or [],
        may_take=may_open("visit_plans.take", g.role),
    )
    return page, status
