"""The plan of twelve weeks: offered with its reasons, booked by whoever accepts it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.errors import TrackerError
from tracker.models import Pump
from tracker.services.at_once import at_once_of
from tracker.services.visit_plans import NotTaken, PlannedVisit, VisitPlan, accept, plan_visits
from tracker.web.rights import may_open
from tracker.web.rows import visible_pump
from tracker.web.seen import saw

bp = Blueprint("visit_plans", __name__)
PAGE = 25  # ours: forty would be more than 30 kB
MOST_AT_ONCE = 400  # ours: a page offers far fewer
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
    now_taken = chosen[:MOST_AT_ONCE]
    booked, refused = accept(g.session, now_taken, by=g.staff, now=g.now)
    g.session.commit()
    if booked:
        flash(f"{booked} refill{'s are' if booked != 1 else ' is'} booked.")
    if left := len(chosen) - len(now_taken):
        flash(
            f"At most {MOST_AT_ONCE} are booked at once: {left} are not booked yet."
            " What is left is offered below, on the days that are free now."
        )
    if refused:
        return _page(refused=refused, status=422)
    return redirect(url_for("visit_plans.show", page=_number() if _number() > 1 else None))


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
    return found


def _instant(typed: str) -> datetime | None:
    """The time by the clinic's clock."""
    try:
        at = datetime.fromisoformat(typed)
        return None if at.tzinfo is None else at.astimezone(UTC).astimezone(g.clinic.zone)
    except (ValueError, OverflowError):  # no instant, or one that no clock can show
        return None


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of a plan that one page has: who has no day first, then day by day."""

    number: int
    of: int
    unplaced: list[PlannedVisit]
    on_day: dict[date, list[PlannedVisit]]


def _shown(plan: VisitPlan) -> Shown:
    of = max(1, -(-(len(plan.unplaced) + len(plan.placed)) // PAGE))
    number = min(_number(), of)
    part = [*plan.unplaced, *plan.placed][(number - 1) * PAGE : number * PAGE]
    on_day: dict[date, list[PlannedVisit]] = {}
    for one in part:
        if one.at is not None:
            on_day.setdefault(one.at.astimezone(g.clinic.zone).date(), []).append(one)
    return Shown(number, of, [one for one in part if one.at is None], on_day)


def _number() -> int:
    typed = request.args.get("page", "")
    return max(1, int(typed)) if typed.isdecimal() and len(typed) < 4 else 1


def _page(
    *, refused: list[NotTaken] | None = None, said: str = "", status: int = 200
) -> ResponseReturnValue:
    plan, problem = VisitPlan([], [], []), said
    try:
        plan = plan_visits(g.session, g.clinic, now=g.now)
    except TrackerError as error:
        problem = error.message
    shown = _shown(plan)
    part = [*shown.unplaced, *(one for some in shown.on_day.values() for one in some)]
    saw(one.who.patient_id for one in part)
    page = render_template(
        "visit_plans/show.html",
        plan=plan,
        days={day.on: day for day in plan.days},
        problem=problem,
        shown=shown,
        page_size=PAGE,
        at_once=at_once_of(g.session, (pump.pump_id for one in part for pump in one.pumps)),
        refused=refused or [],
        may_take=may_open("visit_plans.take", g.role),
    )
    return page, status
