"""How many visits a day holds: each weekday, one day that is different, and home visits."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.services.places import (
    MOST_VISITS,
    places_of,
    set_day,
    set_home_weekdays,
    set_weekdays,
)
from tracker.web.forms import Form
from tracker.web.proposal_words import WEEKDAYS
from tracker.web.rights import may_open
from tracker.web.saving import save

bp = Blueprint("places", __name__)


@bp.get("/clinic/places")
def edit() -> ResponseReturnValue:
    """How many visits each day holds now."""
    return _page(Form())


@bp.post("/clinic/places")
def update() -> ResponseReturnValue:
    """Say how many each weekday holds, and on which somebody travels to patients."""
    form = Form(request.form)
    visits = {
        day: form.whole(f"visits_{day}", highest=MOST_VISITS)
        for day in range(7)
        if str(day) in g.clinic.open_weekdays
    }
    home = "".join(str(day) for day in visits if form.flag(f"home_{day}"))

    def act() -> None:
        set_weekdays(g.session, g.clinic, visits, by=g.staff, now=g.now)
        set_home_weekdays(g.session, g.clinic, "" if len(home) == len(visits) else home)

    if form.is_right and save(form, act):
        flash("Saved. What is booked already stays booked.")
        return redirect(url_for("places.edit"))
    return _page(form, status=422)


@bp.post("/clinic/places/day")
def update_day() -> ResponseReturnValue:
    """Give one day a number of its own, or take that back by leaving it empty."""
    form = Form(request.form)
    day = form.day("on_day", needed="Give the day.")
    visits = form.whole("visits", highest=MOST_VISITS)
    reason = form.text("reason", longest=300)
    if day is not None and day < g.today:
        form.refuse("on_day", "This day is over already.")

    def act() -> None:
        assert day is not None
        set_day(g.session, g.clinic, day, visits, reason=reason, by=g.staff, now=g.now)

    if form.is_right and save(form, act):
        flash("Saved. What is booked already stays booked.")
        return redirect(url_for("places.edit"))
    return _page(form, status=422)


def _page(form: Form, *, status: int = 200) -> ResponseReturnValue:
    places = places_of(g.session, g.clinic)
    weekdays = [(int(day), WEEKDAYS[int(day)]) for day in sorted(g.clinic.open_weekdays)]
    home = g.clinic.home_weekdays or g.clinic.open_weekdays
    is_fresh = not any(name.startswith(("visits_", "home_")) for name in form.typed)
    for day, _ in weekdays if is_fresh else ():
        form.put(f"visits_{day}", places.by_weekday.get(day))
        form.put(f"home_{day}", "yes" if str(day) in home else "")
    coming = sorted(one for one in places.by_day.items() if one[0] >= g.today)
    facts: dict[str, Any] = {
        "form": form,
        "weekdays": [(day, name, places.by_weekday.get(day)) for day, name in weekdays],
        "home": home,
        "coming": coming,
        "may_change": may_open("places.update", g.role),
    }
    return render_template("places/edit.html", **facts), status
