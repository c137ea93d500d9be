"""Holidays of a year: which the clinic closes on, and which it works through and why."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Proposal
from tracker.services import proposals
from tracker.services.closures import booked_on
from tracker.services.proposed import of_closure
from tracker.services.public_holidays import (
    Holiday,
    choose_country,
    close_holidays,
    country_names,
    holidays_of,
    parts_of,
    work_through,
)
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.rights import may_open
from tracker.web.saving import save
from tracker.web.standing_visits import name_visits

bp = Blueprint("public_holidays", __name__)
AHEAD = 2  # ours: years ahead that can be looked at; a closed day lies within three


@bp.get("/clinic/holidays")
def show() -> ResponseReturnValue:
    """The holidays of a year."""
    form = Form()
    form.put("country", g.clinic.holiday_country)
    form.put("subdivision", g.clinic.holiday_subdivision)
    return _page(form, _year(request.args.get("year", "")))


@bp.post("/clinic/holidays/country")
def choose() -> ResponseReturnValue:
    """Say whose holidays are shown."""
    form, year = Form(request.form), _year(request.form.get("year", ""))
    country, part = form.text("country", longest=8), form.text("subdivision", longest=16)
    if form.is_right and save(
        form, lambda: choose_country(g.session, g.clinic, country, part.upper())
    ):
        flash("Saved. No day is closed by it: close the holidays below.")
        return redirect(url_for("public_holidays.show", year=year))
    return _page(form, year, status=422)


@bp.post("/clinic/holidays/close")
@stepped_up
def close() -> ResponseReturnValue:
    """Be closed on one holiday, or on all that are still to be decided."""
    form, year = Form(request.form), _year(request.form.get("year", ""))
    typed = form["on"]
    offered = (
        _undecided(year)
        if not typed
        else [
            one for one in _to_come(year) if one.on.isoformat() == typed and one.closure is None
        ]
    )
    wanted = {one.on: one.name for one in offered}
    if not wanted:
        form.refuse("form", "There is no such holiday to decide on.")
    if form.is_right and save(
        form, lambda: close_holidays(g.session, g.clinic, wanted, by=g.staff, now=g.now)
    ):
        flash("Closed. What was due on such a day has moved to the open day before.")
        name_visits(booked_on(g.session, g.clinic, set(wanted)), "a day that is closed now")
        return redirect(url_for("public_holidays.show", year=year))
    return _page(form, year, status=422)


@bp.post("/clinic/holidays/work")
@stepped_up
def work() -> ResponseReturnValue:
    """Work through a holiday; one that is a closed day already is proposed to be opened."""
    form, year = Form(request.form), _year(request.form.get("year", ""))
    found = next((one for one in _holidays(year) if one.on.isoformat() == form["on"]), None)
    if found is None or found.on < g.today:
        form.refuse("form", "There is no such holiday to come.")
        return _page(form, year, status=422)
    reason = form.text(f"why_{found.on}", needed="Say why it is open.", longest=300)
    made: list[Proposal] = []

    def act() -> None:
        if found.closure is None:
            work_through(
                g.session, g.clinic, found.on, found.name, reason=reason, by=g.staff, now=g.now
            )
            return
        made.append(
            proposals.change(
                g.session, g.clinic, of_closure(found.on), {},
                reason=reason, by=g.staff, now=g.now,
            )
        )  # fmt: skip

    if not (form.is_right and save(form, act)):
        return _page(form, year, status=422)
    if made:
        flash("It is proposed: dates could become later, so a second person has to agree.")
        return redirect(url_for("proposals.show", proposal_id=made[0].id))
    flash("Written down: the clinic is open on that day.")
    return redirect(url_for("public_holidays.show", year=year))


def _holidays(year: int) -> list[Holiday]:
    return holidays_of(g.session, g.clinic, year)


def _to_come(year: int) -> list[Holiday]:
    """Public holidays from today on that fall on an open weekday."""
    return [
        one
        for one in _holidays(year)
        if one.is_public and one.is_open_weekday and one.on >= g.today
    ]


def _undecided(year: int) -> list[Holiday]:
    """Those of which nothing is said."""
    return [one for one in _to_come(year) if one.closure is None and one.worked is None]


def _year(typed: str) -> int:
    """The year in the address, of those that can be planned; else this one."""
    this: int = g.today.year
    wanted = int(typed) if typed.isdecimal() and len(typed) == 4 else this
    return wanted if this <= wanted <= this + AHEAD else this


def _page(form: Form, year: int, *, status: int = 200) -> ResponseReturnValue:
    form.typed.setdefault("country", g.clinic.holiday_country)
    form.typed.setdefault("subdivision", g.clinic.holiday_subdivision)
    facts: dict[str, Any] = {
        "form": form,
        "may_change": may_open("public_holidays.close", g.role),
        "year": year,
        "years": [g.today.year + n for n in range(AHEAD + 1)],
        "holidays": _holidays(year),
        "undecided": _undecided(year),
        "countries": sorted(country_names().items(), key=lambda one: one[1]),
        "parts": [(one, one) for one in parts_of(form["country"])],
    }
    return render_template("public_holidays/show.html", **facts), status
