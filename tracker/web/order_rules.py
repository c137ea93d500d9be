"""For which drugs a clinic's orders are watched, and how long before; loosening is proposed."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.errors import TrackerError
from tracker.domain.orders import LONGEST_LEAD_DAYS, OrderRules, OrderTracking
from tracker.domain.proposal import Outcome
from tracker.models import Proposal
from tracker.services.order_rules import NAME
from tracker.services.proposals import change
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("order_rules", __name__)
DAYS = ("authorisation_days", "pharmacy_days", "there_days")


@bp.get("/clinic/orders")
def edit() -> ResponseReturnValue:
    """The rules as they are."""
    form, rules = Form(), g.clinic.orders
    form.put("tracking", rules.tracking.value)
    form.put("needs_authorisation", "yes" if rules.needs_authorisation else "")
    for name in DAYS:
        form.put(name, getattr(rules, name))
    return _page(form)


@bp.post("/clinic/orders")
@stepped_up
def update() -> ResponseReturnValue:
    """Change or propose them."""
    form, done = Form(request.form), list[Proposal]()
    reason = form.text("reason", needed="Say why.", longest=300)
    wanted = _read(form)

    def act() -> None:
        assert wanted is not None
        after = wanted.as_json()
        done.append(
            change(g.session, g.clinic, NAME, after, reason=reason, by=g.staff, now=g.now)
        )

    if not (wanted and form.is_right and save(form, act)):
        return _page(form, status=422)
    if done[0].outcome is Outcome.AT_ONCE:
        flash("The rules are in force: what is to be ordered or asked for follows them.")
        return redirect(url_for("order_rules.edit"))
    flash("It is proposed. Nothing has changed yet: a second person has to agree.")
    return redirect(url_for("proposals.show", proposal_id=done[0].id))


def _read(form: Form) -> OrderRules | None:
    tracking = form.choice("tracking", OrderTracking, needed="Choose for which drugs.")
    for name in DAYS:
        form.text(name, needed="Give a number.")
    days = {name: form.whole(name, highest=LONGEST_LEAD_DAYS) for name in DAYS}
    if tracking is None or not form.is_right:
        return None
    known = {name: number for name, number in days.items() if number is not None}
    try:
        return OrderRules(tracking, form.flag("needs_authorisation"), **known)
    except TrackerError as refused:
        form.refuse_error(refused)
        return None


def _page(form: Form, *, status: int = 200) -> ResponseReturnValue:
    tracked = [(one.value, words_for(one)) for one in OrderTracking]
    return render_template("orders/rules.html", form=form, tracked=tracked), status
