"""All pages together: the gate, the forms' token, the filters and the blueprints."""

from datetime import timedelta
from typing import Any

from flask import Flask, current_app, g, render_template
from flask import request as asked
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect  # type: ignore[import-untyped]

from tracker.domain.danger import NEVER_DAYS, Bucket
from tracker.models import How
from tracker.web import (
    accesses,
    account,
    alarms,
    appointments,
    arrangements,
    assessments,
    authorisations,
    aways,
    backtests,
    board,
    bounces,
    calendars,
    callbacks,
    calls,
    catalogue,
    catalogues,
    clinic,
    confirm,
    contacts,
    corrections,
    countersigns,
    cover,
    dates,
    day_lists,
    day_picture,
    day_reports,
    doses,
    doubts,
    emergencies,
    ends,
    events,
    factors,
    figure_lists,
    figures,
    filters,
    fixed_fills,
    imports,
    incidents,
    medicines,
    members,
    morning_lists,
    near_misses,
    new_password,
    next_visits,
    order_rules,
    orders,
    outbox,
    patients,
    phone_links,
    places,
    policies,
    policy_words,
    programmes,
    proposal_words,
    proposals,
    public_holidays,
    pumps,
    readings,
    recalls,
    refills,
    rehearsals,
    replacements,
    replies,
    request,
    restorations,
    reviews,
    rights,
    rules,
    saved_views,
    second_step,
    seen,
    sign_in,
    silences,
    single_sign_on,
    staff,
    tokens,
    trail,
    transfers,
    unsubscribe,
    visit_plans,
    wall,
    wall_by_address,
    watches,
    webhooks,
    weeks,
    what_if,
    wordings,
    worklist,
)
from tracker.web.looking import LOOKING as LOOKING
from tracker.web.looking import WRITING as WRITING
from tracker.web.navigation import PLACES, WITHIN
from tracker.web.signed_in import SignedIn

WORKING_DAY = timedelta(hours=12)
PAGES = (
    sign_in,
    single_sign_on,
    account,
    new_password,
    second_step,
    confirm,
    factors,
    board,
    worklist,
    saved_views,
    near_misses,
    patients,
    contacts,
    watches,
    calls,
    incidents,
    silences,
    pumps,
    ends,
    refills,
    next_visits,
    countersigns,
    assessments,
    backtests,
    programmes,
    readings,
    alarms,
    emergencies,
    dates,
    what_if,
    fixed_fills,
    corrections,
    restorations,
    events,
    reviews,
    medicines,
    appointments,
    arrangements,
    day_lists,
    orders,
    authorisations,
    order_rules,
    weeks,
    visit_plans,
    places,
    public_holidays,
    aways,
    rehearsals,
    day_reports,
    morning_lists,
    figures,
    figure_lists,
    clinic,
    staff,
    members,
    tokens,
    webhooks,
    wordings,
    wall,
    cover,
    policies,
    rules,
    proposals,
    accesses,
    transfers,
    recalls,
    imports,
    replacements,
    catalogues,
    replies,
    trail,
)
# Called without a cookie, by who holds the secret in the address.
BY_SECRET = (callbacks, bounces, unsubscribe, calendars, wall_by_address)


def init_app(app: Flask) -> None:
    """Open the pages."""
    # as long as the session: a form that was open over lunch must still save
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.permanent_session_lifetime = WORKING_DAY
    proof = CSRFProtect(app)
    for page in BY_SECRET:
        proof.exempt(page.bp)
    proof.exempt(sign_in.go_on)
    request.init_app(app)
    single_sign_on.init_app(app)
    seen.init_app(app)
    filters.init_app(app)
    app.jinja_env.filters["shown_day"] = day_picture.shown_day
    app.jinja_env.filters["running"] = doses.running
    app.jinja_env.filters["sms_length"] = wordings.sms_length
    for words in (policy_words.span_words, policy_words.when_words, policy_words.target_words):
        app.jinja_env.globals[words.__name__] = words
    app.jinja_env.globals["doubt_about"] = doubts.doubt_about
    app.jinja_env.filters["dose_moved"] = doses.dose_moved
    app.jinja_env.filters["callable_numbers"] = phone_links.callable_numbers
    app.jinja_env.filters["oral_dose"] = medicines.oral_dose
    app.jinja_env.filters["about"] = proposal_words.about
    app.jinja_env.filters["has_alarm"] = catalogue.has_alarm
    for page in (*PAGES, outbox, *BY_SECRET):
        app.register_blueprint(page.bp)
    app.context_processor(_shared)
    app.jinja_env.globals["PLACES"] = [one for one in PLACES if one[0] in app.view_functions]
    app.register_error_handler(CSRFError, _too_old)


def _shared() -> dict[str, Any]:
    """What every page shows: who is signed in, and whether the timer is alive."""
    signed_in = g.get("signed_in")
    if signed_in is None or confirm.is_hidden():
        return {"signed_in": None}
    return {
        "reaches_nobody": current_app.config["CHANNEL_EMAIL"] == "console",
        "signed_in": signed_in,
        "by_passkey": signed_in.sign_in.how is How.PASSKEY,
        "place": WITHIN.get(asked.endpoint or "") or WITHIN.get(asked.blueprint or ""),
        "hide_after_minutes": current_app.config["HIDE_AFTER_MINUTES"],
        "heartbeat": signed_in.heartbeat,
        "timer_problems": request.timer_problems(signed_in.heartbeat) + seen.problems(),
        "to_decide": _to_decide(signed_in),
        "restored": signed_in.restored[g.clinic.id],
        "may_record": g.role in rights.RECORDERS,
        "today": g.today,
        "Bucket": Bucket,
        "NEVER_DAYS": NEVER_DAYS,
    }


def _to_decide(signed_in: SignedIn) -> int:
    """How much waits for a second person, for those of whom it may be one."""
    leads = g.role in rights.LEADERS or g.staff.id == g.clinic.last_resort_id
    return signed_in.waiting[g.clinic.id] if leads else 0


def _too_old(error: CSRFError) -> ResponseReturnValue:
    return render_template("errors/form_too_old.html"), 400
