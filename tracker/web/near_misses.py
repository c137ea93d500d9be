"""Near misses: refills that were in time by a few days only, and are worth a word."""

from datetime import timedelta

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.calendar import start_of_day
from tracker.domain.figures import NEAR_MISS_DAYS, near_misses
from tracker.services.figures import Period, refills_done
from tracker.web.forms import Form

bp = Blueprint("near_misses", __name__)
SPAN = timedelta(days=90)  # ours: as the figures look back
DAY = timedelta(days=1)
MOST_DAYS = 28  # ours: four weeks left is no near miss


@bp.get("/worklist/near-misses")
def index() -> ResponseReturnValue:
    """Refills of the last quarter that were done with fewer days left than asked for."""
    form = Form(request.args)
    days = form.whole("days", lowest=1, highest=MOST_DAYS) or NEAR_MISS_DAYS
    form.typed.setdefault("days", str(days))
    zone, first = g.clinic.zone, g.today - SPAN
    period = Period(start_of_day(first, zone), start_of_day(g.today + DAY, zone))
    done = refills_done(g.session, g.clinic, period)
    near = near_misses(done, zone, days=days)
    shown = [(one, one.days_left(zone)) for one in near]
    return render_template(
        "near_misses/index.html",
        form=form,
        shown=shown,
        days=days,
        first=first,
        whole=len(done),
    )
