"""The report of the day as it is now, and how often one gets it by e-mail."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.danger import WatchKind
from tracker.domain.day_report import Wish
from tracker.models import Membership
from tracker.services.day_report_contents import report
from tracker.services.day_reports import choose, readers, wish_of
from tracker.services.rosters import wished
from tracker.web.forms import Form
from tracker.web.saving import save
from tracker.web.seen import saw
from tracker.web.words import words_for

bp = Blueprint("day_reports", __name__)
SPANS = {"day": WatchKind.DAY_REPORT, "week": WatchKind.WEEK_REPORT}
AS_THE_CLINIC = "clinic"
# Where all of what a part names stands.
PAGES = {
    "board": ("board.index", "The board"),
    "alarms": ("alarms.index", "All alarms"),
    "outbox": ("outbox.index", "The outbox"),
    "replies": ("replies.index", "The inbox"),
    "silences": ("silences.index", "Everything silenced"),
    "proposals": ("proposals.index", "What two people decide"),
    "cover": ("cover.index", "Absence and duty"),
}


@bp.get("/report")
def show() -> ResponseReturnValue:
    """What a mail of this moment would say; of the week where that is asked for."""
    mine = _membership()
    form = Form()
    form.put("wish", mine.report.value if mine.report else AS_THE_CLINIC)
    return _page(form)


@bp.post("/report/wish")
def wish() -> ResponseReturnValue:
    """Choose how often one gets it."""
    form, mine = Form(request.form), _membership()
    typed = form["wish"]
    if typed not in (AS_THE_CLINIC, *Wish):
        form.refuse("wish", "Choose how often.")
        return _page(form, status=422)
    wanted = None if typed == AS_THE_CLINIC else Wish(typed)
    if not save(form, lambda: choose(g.session, mine, wanted)):
        return _page(form, status=422)
    flash(f"You get the report: {words_for(wish_of(mine)).lower()}.")
    return redirect(url_for("day_reports.show"))


def _membership() -> Membership:
    found: list[Membership] = g.signed_in.memberships
    return next(one for one in found if one.clinic_id == g.clinic.id)


def _page(form: Form, *, status: int = 200) -> ResponseReturnValue:
    span = "week" if request.args.get("of") == "week" else "day"
    as_clinic = wished(g.role, g.clinic.day_report_to, g.clinic.week_report_to)
    options = [
        (AS_THE_CLINIC, f"As the clinic has it: {words_for(as_clinic).lower()}"),
        *((one.value, words_for(one)) for one in Wish),
    ]
    shown = report(g.session, g.clinic, SPANS[span], now=g.now)
    saw(line.patient_id for part in shown.parts for line in part.shown)
    return render_template(
        "day_reports/show.html",
        form=form,
        span=span,
        report=shown,
        readers=[one.staff.name for one in readers(g.session, g.clinic, SPANS[span])],
        options=options,
        pages=PAGES,
    ), status
