"""What a clinic's dates are reckoned with: its margins, its weekdays and closed days.

What can only bring dates forward comes at once; what could make one later is proposed.
"""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.proposal import DateRules, Outcome, outside
from tracker.models import Closure, Proposal
from tracker.services import date_previews, proposals
from tracker.services.closures import booked_on, close_span, coming_closures
from tracker.services.proposed import RULES, of_closure, rules_of
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.proposal_words import WEEKDAYS
from tracker.web.rows import visible
from tracker.web.saving import save
from tracker.web.standing_visits import name_visits

bp = Blueprint("rules", __name__)


@bp.get("/clinic/dates")
def edit() -> ResponseReturnValue:
    """The rules as they are."""
    form, rules = Form(), rules_of(g.clinic)
    for name, value in rules.as_json().items():
        form.put(name, value)
    for day in rules.open_weekdays:
        form.put(f"open_{day}", "yes")
    return _page(form)


@bp.post("/clinic/dates/check")
def check() -> ResponseReturnValue:
    """Show which dates would move; nothing is written."""
    form = Form(request.form)
    wanted = _read(form)
    return _page(form, wanted=wanted, status=200 if form.is_right else 422)


@bp.post("/clinic/dates")
@stepped_up
def update() -> ResponseReturnValue:
    """Change or propose them."""
    form = Form(request.form)
    reason = form.text("reason", needed="Say why.", longest=300)
    wanted = _read(form)
    if wanted is None:
        return _page(form, status=422)
    after = wanted.as_json()
    return _done(
        form,
        lambda: proposals.change(
            g.session, g.clinic, RULES, after, reason=reason, by=g.staff, now=g.now
        ),
        "The rules are changed, and every date is worked out anew.",
        wanted,
    )


@bp.post("/clinic/closures")
@stepped_up
def close() -> ResponseReturnValue:
    """Close one day or several running."""
    form = Form(request.form)
    name = form.text("name", needed="Say why it is closed.", longest=120)
    first = form.day("first_on", needed="Give the day.")
    last = form.day("last_on") or first

    new: list[date] = []

    def act() -> None:
        assert first is not None
        assert last is not None
        new.extend(
            close_span(g.session, g.clinic, first, last, name=name, by=g.staff, now=g.now)
        )

    if not (form.is_right and save(form, act)):
        return _page(_as_it_is(form), status=422)
    closed = f"The closed days of {g.clinic.name} are saved."  # who leads two reads of which
    flash(f"{closed} What was due on them has moved to the open day before.")
    name_visits(booked_on(g.session, g.clinic, new), "a day that is closed now")
    return redirect(url_for("rules.edit") + "#closures")


@bp.post("/clinic/closures/<int:closure_id>/open")
@stepped_up
def reopen(closure_id: int) -> ResponseReturnValue:
    """Propose to open a closed day again: what is due then could come later."""
    closure = visible(Closure, closure_id)
    form, field = Form(request.form), f"why_{closure_id}"
    reason = form.text(field, needed="Say why.", longest=300)
    return _done(
        form,
        lambda: proposals.change(
            g.session, g.clinic, of_closure(closure.closed_on), {},
            reason=reason, by=g.staff, now=g.now,
        ),
        "The day is open again.",
    )  # fmt: skip


def _done(
    form: Form, act: Callable[[], Proposal], sentence: str, wanted: DateRules | None = None
) -> ResponseReturnValue:
    found: list[Proposal] = []
    if not (form.is_right and save(form, lambda: found.append(act()))):
        return _page(form if wanted else _as_it_is(form), wanted=wanted, status=422)
    if found[0].outcome is Outcome.AT_ONCE:
        flash(sentence)
        return redirect(url_for("rules.edit"))
    flash("It is proposed. Nothing has changed yet: a second person has to agree.")
    return redirect(url_for("proposals.show", proposal_id=found[0].id))


def _as_it_is(form: Form) -> Form:
    """The other form of the page, filled in with what is in force."""
    rules = rules_of(g.clinic)
    for name, value in rules.as_json().items():
        form.typed.setdefault(name, "" if value is None else str(value))
    for day in rules.open_weekdays:
        form.typed.setdefault(f"open_{day}", "yes")
    return form


def _read(form: Form) -> DateRules | None:
    for name in ("buffer_days", "flow_margin_percent"):
        form.text(name, needed="Give a number.")
    buffer, margin = form.whole("buffer_days"), form.number("flow_margin_percent")
    longest = form.whole("longest_interval_days")
    days = "".join(day for day, _ in _weekdays() if form.flag(f"open_{day}"))
    for name, allowed in outside(buffer, margin, longest, days):  # all of them at once
        form.refuse("open_0" if name == "open_weekdays" else name, f"Give {allowed}.")
    if not form.is_right or buffer is None or margin is None:
        return None
    return DateRules(buffer, margin, longest, days)


def _weekdays() -> list[tuple[str, str]]:
    """The weekdays by their number, as text."""
    return [(str(number), name) for number, name in enumerate(WEEKDAYS)]


def _page(
    form: Form, *, wanted: DateRules | None = None, status: int = 200
) -> ResponseReturnValue:
    foreseen, is_safer = None, False
    if wanted is not None:
        is_safer = wanted.is_never_later_than(rules_of(g.clinic))
        after = wanted.as_json()
        foreseen = date_previews.foresee(g.session, g.clinic, RULES, after, now=g.now)
    page = render_template(
        "rules/edit.html",
        form=form,
        weekdays=_weekdays(),
        closures=coming_closures(g.session, g.clinic, today=g.today),
        foreseen=foreseen,
        is_safer=is_safer,
    )
    return page, status
