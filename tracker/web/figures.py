"""Figures for a quality meeting, each with its definition and the list behind it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain import figures
from tracker.domain.calendar import parse_day, start_of_day
from tracker.domain.errors import TrackerError
from tracker.domain.incident import say_span
from tracker.domain.visit import VisitState
from tracker.interop.cells import as_csv
from tracker.services import figures as lists
from tracker.services.figures import Period
from tracker.web.figure_words import TITLES
from tracker.web.filters import plain_day
from tracker.web.forms import Form
from tracker.web.seen import saw
from tracker.web.words import words_for

bp = Blueprint("figures", __name__)
SPAN = timedelta(days=90)  # ours: a quarter, as such meetings are held
LONGEST = timedelta(days=3 * 366)  # ours: a page that shows more is not read
DAY = timedelta(days=1)
MOST_LATE = 10  # ours: the board has them all
# An attempt by what the provider answered; one that only began was cut short.
OUTCOMES = {
    "sent": "handed over",
    "to_nobody": "only printed or of a demonstration: reached nobody",
    "for_good": "refused for good",
    "for_now": "refused for now",
    "started": "cut short",
}
HEADS = ("Refilled", "Patient", "Pump", "Refill-by", "Days left", "Residual expected, mL",
         "Residual measured, mL")  # fmt: skip


@bp.get("/clinic/figures")
def index() -> ResponseReturnValue:
    """The figures of a period; the last quarter unless days are given."""
    form = Form(request.args)
    first, last = days_asked(form)
    if form.is_right:
        form.put("since", first)
        form.put("until", last)
    period = period_of(first, last)
    done = lists.refills_done(g.session, g.clinic, period)
    late = lists.late_now(g.session, g.clinic, limit=MOST_LATE, now=g.now)
    saw(one.patient_id for one in late.rows)
    return render_template(
        "figures/index.html",
        form=form,
        first=first,
        last=last,
        done=done,
        on_time=figures.on_time(done),
        near=figures.near_misses(done, g.clinic.zone),
        near_days=figures.NEAR_MISS_DAYS,
        by_days=figures.by_days_left(done, g.clinic.zone),
        middle=figures.middle([left for one in done if (left := _left(one)) is not None]),
        grades=[(words_for(one), n) for one, n in figures.discrepancies(done).items()],
        left_over=sum((one.measured_ml or Decimal(0) for one in done), Decimal(0)),
        late=late,
        ended=[
            (words_for(kind), count)
            for kind, count in lists.ended_pumps(g.session, g.clinic, first, last, period)
        ],
        reached=_reached(period),
        visits=_visits(period),
        sendings=[
            (words_for(channel), OUTCOMES.get(outcome, outcome.replace("_", " ")), count)
            for channel, outcome, count in lists.sendings(g.session, g.clinic, period)
        ],
        weeks=_weeks(),
        days_left=_left,
        tables=TITLES,
    )


@bp.get("/clinic/figures.csv")
def file() -> ResponseReturnValue:
    """The refills of the period as a sheet: what the figures above are counted from."""
    form = Form(request.args)
    first, last = days_asked(form)
    if not form.is_right:  # a file can't say that it is of another period: the page does
        return redirect(url_for("figures.index", since=form["since"], until=form["until"]))
    done = lists.refills_done(g.session, g.clinic, period_of(first, last))
    rows = [
        (
            plain_day(one.filled_at),
            one.patient,
            one.serial,
            plain_day(one.refill_by_at),
            _left(one),
            one.expected_ml,
            one.measured_ml,
        )
        for one in done
    ]
    answer = Response(as_csv([HEADS, *rows]), mimetype="text/csv")
    name = f"refills-{first.isoformat()}-{last.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def _left(one: figures.RefillDone) -> int | None:
    return one.days_left(g.clinic.zone)


def days_asked(form: Form) -> tuple[date, date]:
    """The first and the last day asked for; what is no day is said beside its field."""
    last = _day(form, "until") or g.today
    first = _day(form, "since") or last - SPAN
    if first > last:
        form.refuse("since", "The first day lies after the last one.")
        first = last - SPAN
    if last - first > LONGEST:
        form.refuse("since", "At most three years are counted together.")
        first = last - LONGEST
    return first, last


def _day(form: Form, name: str) -> date | None:
    typed = form[name].strip()
    if not typed:
        return None
    try:
        day = parse_day(typed)
        start_of_day(day + DAY, g.clinic.zone)
    except (TrackerError, OverflowError) as error:
        form.refuse(name, getattr(error, "message", "This day is too far away."))
        return None
    return day


def period_of(first: date, last: date) -> Period:
    zone = g.clinic.zone
    return Period(start_of_day(first, zone), start_of_day(last + DAY, zone))


def _reached(period: Period) -> dict[str, Any]:
    spans = lists.reached_after(g.session, g.clinic, period)
    middle = figures.middle_span(spans)
    return {"count": len(spans), "middle": say_span(middle, never="nobody was reached")}


def _visits(period: Period) -> dict[str, Any]:
    ended = lists.visits(g.session, g.clinic, period)
    missed, kept = ended.get(VisitState.MISSED, 0), ended.get(VisitState.KEPT, 0)
    return {
        "missed": figures.Share(missed, missed + kept),
        "ended": [(words_for(state), count) for state, count in sorted(ended.items())],
    }


def _weeks() -> list[tuple[date, int]]:
    until = g.now + timedelta(weeks=figures.WEEKS)
    due: list[datetime] = lists.due_until(g.session, g.clinic, until)
    days = [one.astimezone(g.clinic.zone).date() for one in due]
    return figures.by_week(days, today=g.today)
