"""The day list and the week plan: on the page, as a PDF for the printer, and as a sheet."""

from datetime import date, timedelta

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.day_list import HEADS, DayList
from tracker.interop.cells import as_csv
from tracker.interop.printouts import day_list_pdf
from tracker.services.day_lists import WEEK, day_list
from tracker.web.forms import Form
from tracker.web.headers import printed

bp = Blueprint("day_lists", __name__)
DAY = timedelta(days=1)


@bp.get("/day-list")
def day() -> ResponseReturnValue:
    """Who comes on one day; today's without a day in the address."""
    form = Form(request.args)
    return _page(form, _asked(form, "day"), 1)


@bp.get("/day-list.pdf")
def day_pdf() -> ResponseReturnValue:
    """The day list for the printer."""
    return _pdf(_asked_for_file("day_lists.day"), 1)


@bp.get("/day-list.csv")
def day_sheet() -> ResponseReturnValue:
    """The day list as a sheet."""
    return _sheet(_asked_for_file("day_lists.day"), 1)


@bp.get("/week-plan")
def week() -> ResponseReturnValue:
    """Seven days from the Monday of the day that is asked for."""
    form = Form(request.args)
    return _page(form, _monday(_asked(form, "day")), WEEK)


@bp.get("/week-plan.pdf")
def week_pdf() -> ResponseReturnValue:
    """The week plan for the printer."""
    return _pdf(_monday(_asked_for_file("day_lists.week")), WEEK)


@bp.get("/week-plan.csv")
def week_sheet() -> ResponseReturnValue:
    """The week plan as a sheet."""
    return _sheet(_monday(_asked_for_file("day_lists.week")), WEEK)


def _asked(form: Form, name: str) -> date:
    """The day in the address; what is no day is said beside its field, and today is shown."""
    found = form.day(name)
    today: date = g.today
    if found is None:
        return today
    if abs((found - today).days) > 366:
        form.refuse(name, "That is more than a year from today.")
        return today
    return found


def _asked_for_file(page: str) -> date:
    """The same of a file, which can't say that it is of another day: its page does."""
    form = Form(request.args)
    found = _asked(form, "day")
    if not form.is_right:
        abort(redirect(url_for(page, day=form["day"])))
    return found


def _monday(on: date) -> date:
    return on - on.weekday() * DAY


def _made(first: date, days: int) -> DayList:
    return day_list(g.session, g.clinic, first, days, now=g.now)


def _page(form: Form, first: date, days: int) -> ResponseReturnValue:
    form.typed.setdefault("day", first.isoformat())
    page = render_template(
        "day_lists/show.html",
        form=form,
        made=_made(first, days),
        first=first,
        is_week=days > 1,
        before=first - days * DAY,
        after=first + days * DAY,
    )
    return page, 200 if form.is_right else 422


def _pdf(first: date, days: int) -> ResponseReturnValue:
    text = day_list_pdf(_made(first, days))
    return printed(Response(text, mimetype="application/pdf"))


def _sheet(first: date, days: int) -> ResponseReturnValue:
    made = _made(first, days)
    answer = Response(as_csv([HEADS, *made.cells()]), mimetype="text/csv")
    name = f"{'week-plan' if days > 1 else 'day-list'}-{first.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
