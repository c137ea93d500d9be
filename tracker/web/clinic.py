"""The clinic's own room: everything that a clinic decides for itself, one link each."""

import re
from calendar import day_name
from datetime import time

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.calendar import parse_time
from tracker.domain.errors import TrackerError
from tracker.domain.languages import NAMES
from tracker.domain.proposal import Outcome
from tracker.models import Role
from tracker.services.clinic_settings import (
    TEXTS,
    ClinicSettings,
    ReportSettings,
    change_settings,
)
from tracker.services.owners import possible_owners
from tracker.services.reviews import LEAST_INTERVAL_DAYS, MOST_INTERVAL_DAYS
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.rights import may_open
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("clinic", __name__)
LANGUAGES = sorted(NAMES.items(), key=lambda one: one[1])

ROOMS = (
    (
        "The day",
        (
            (
                "weeks.show",
                "Calendar",
                "Weeks with their places: book, move, say what became of it.",
            ),
            (
                "visit_plans.show",
                "Plan of 12 weeks",
                "A day for each refill before refill-by, and why.",
            ),
            (
                "day_lists.day",
                "Day list and week plan",
                "Who comes, with what to prepare, on paper.",
            ),
            ("appointments.index", "Visits", "What is booked, day by day."),
            ("orders.index", "Drug orders", "What is to be ordered, on its way, and here."),
            (
                "day_reports.show",
                "Report of the day",
                "What is open now, and how often you get it.",
            ),
            ("cover.index", "Absence and duty", "Who is away, who stands in, who is on duty."),
            (
                "silences.index",
                "Everything silenced",
                "What has been taken in hand or put off.",
            ),
            ("morning_lists.index", "Emergency list", "Whom to phone if this system is down."),
        ),
    ),
    (
        "What happened",
        (
            (
                "figures.index",
                "Figures",
                "How the clinic does: in time, near misses, late, missed.",
            ),
            (
                "backtests.show",
                "How good the dates were",
                "Each refill beside what was foreseen.",
            ),
            (
                "events.complications",
                "Complications",
                "Infections, leaks and the like, counted.",
            ),
            (
                "accesses.index",
                "Opened across clinics",
                "Records opened in an emergency, and why.",
            ),
            ("transfers.index", "Handovers", "Patients between this clinic and another."),
            (
                "recalls.index",
                "Field-safety notices",
                "Which pumps one is about, and what was done.",
            ),
            (
                "trail.index",
                "Who did and saw what",
                "The trail of every change and every look.",
            ),
        ),
    ),
    (
        "How the clinic works",
        (
            ("clinic.edit", "Settings of the clinic", "Quiet hours, last resort, languages."),
            (
                "rules.edit",
                "What dates are reckoned with",
                "Buffer, margin, open and closed days.",
            ),
            ("places.edit", "Places a day", "How many visits each day holds, and home visits."),
            ("public_holidays.show", "Holidays", "Which the clinic closes on."),
            (
                "policies.index",
                "Reminder policies",
                "Who is told when, as a date comes nearer.",
            ),
            ("wordings.index", "Texts", "The words of each message, in each language."),
            ("rehearsals.show", "Rehearsal", "What will be sent, to whom and when."),
            (
                "order_rules.edit",
                "Orders and authorisations",
                "For which drugs, how long before.",
            ),
            (
                "catalogues.index",
                "Catalogue",
                "Values of pumps, drugs and alarms, and our own.",
            ),
            (
                "proposals.index",
                "What two people decide",
                "Proposed, agreed and refused settings.",
            ),
            (
                "staff.index",
                "Staff",
                "Who works here, what they may do, how they come in and leave.",
            ),
        ),
    ),
    (
        "Other programs",
        (
            (
                "imports.index",
                "Bring in a spreadsheet",
                "Patients, pumps and refills of the clinic's sheet.",
            ),
            (
                "tokens.index",
                "Tokens and calendars",
                "What other programs show to read from here.",
            ),
            (
                "webhooks.index",
                "Webhooks",
                "Other programs that are told when a watch changes.",
            ),
        ),
    ),
)


@bp.get("/clinic")
def index() -> ResponseReturnValue:
    """Links to what is there."""
    groups = [
        (title, [room for room in rooms if may_open(room[0], g.role)]) for title, rooms in ROOMS
    ]
    # said for good, to those who can change it
    tells_nobody = not current_app.config["PING_URL"] and g.role is Role.ADMINISTRATOR
    return render_template("clinic/index.html", groups=groups, tells_nobody=tells_nobody)


@bp.get("/clinic/settings")
def edit() -> ResponseReturnValue:
    """The settings as they are."""
    form = Form()
    own = ("last_resort_id", "language", "sms_sender", "night_phone", "review_interval_days")
    for name in (*own, *TEXTS):
        form.put(name, getattr(g.clinic, name))
    for name in ("week_report_on", "day_report_to", "week_report_to"):
        form.put(name, getattr(g.clinic, name))
    for name in ("quiet_from", "quiet_until", "list_at", "report_at"):
        form.put(name, f"{getattr(g.clinic, name):%H:%M}")
    return _settings(form)


@bp.post("/clinic/settings")
@stepped_up
def update() -> ResponseReturnValue:
    """Change them."""
    form = Form(request.form)
    wanted, done = _read(form), []

    def act() -> None:
        assert wanted is not None
        done.extend(change_settings(g.session, g.clinic, wanted, by=g.staff, now=g.now))

    if wanted is None or not save(form, act):
        return _settings(form, status=422)
    if all(one.outcome is Outcome.AT_ONCE for one in done):
        flash("The settings are saved.")
        return redirect(url_for("clinic.index"))
    flash("The rest is saved. What could stop messages waits here for a second person.")
    return redirect(url_for("proposals.index"))


def _read(form: Form) -> ClinicSettings | None:
    last_resort = form.text("last_resort_id", needed="Somebody must be the last resort.")
    hours = [_hour(form, name) for name in ("quiet_from", "quiet_until", "list_at")]
    language = form.text("language", needed="Give the language of the clinic.", longest=8)
    sms_sender = form.text("sms_sender", longest=40)
    texts = {name: form.text(name) for name in TEXTS}
    reports = _reports(form)
    at_night = form.text("night_phone", longest=40)
    reason = form.text("reason", longest=300)
    review_days = form.whole(
        "review_interval_days", lowest=LEAST_INTERVAL_DAYS, highest=MOST_INTERVAL_DAYS
    )
    quiet_from, quiet_until, list_at = hours
    if quiet_from is None or quiet_until is None or list_at is None or not form.is_right:
        return None
    number = int(last_resort) if last_resort.isdecimal() and len(last_resort) < 10 else 0
    return ClinicSettings(
        last_resort_id=number,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        language=language,
        list_at=list_at,
        sms_sender=sms_sender or None,
        night_phone=at_night,
        reason=reason,
        review_interval_days=review_days,
        reports=reports,
        **texts,
    )


def _reports(form: Form) -> ReportSettings | None:
    """When reports come and to whom; None where the form was sent without them."""
    if "report_at" not in form.typed:
        return None
    at, day = _hour(form, "report_at"), form["week_report_on"]
    if day not in set(map(str, range(7))):
        form.refuse("week_report_on", "Choose a day of the week.")
    if at is None or not form.is_right:
        return None
    roles = (form.choice(name, Role) for name in ("day_report_to", "week_report_to"))
    return ReportSettings(at, int(day), *roles)


def _hour(form: Form, name: str) -> time | None:
    typed = form.text(name, needed="Give the time, 24 hours.")
    if not typed:
        return None
    try:
        return parse_time(re.sub(r"^(\d\d)(\d\d)$", r"\1:\2", typed))
    except TrackerError as refused:
        form.refuse(name, refused.message)
        return None


def _settings(form: Form, *, status: int = 200) -> ResponseReturnValue:
    people = [
        (one.id, one.name if one.phone else f"{one.name} (no phone number)")
        for one in possible_owners(g.session, g.clinic.id)
    ]
    return render_template(
        "clinic/edit.html",
        form=form,
        people=people,
        languages=LANGUAGES,
        weekdays=list(enumerate(day_name)),
        roles=[(one.value, words_for(one)) for one in Role],
    ), status
