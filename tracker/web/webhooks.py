"""Webhooks: addresses of other programs, which are told when a watch changes."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Webhook
from tracker.services import webhooks
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.rows import visible_webhook
from tracker.web.saving import save

bp = Blueprint("webhooks", __name__)


@bp.get("/clinic/webhooks")
def index() -> ResponseReturnValue:
    """The clinic's webhooks, and a form for one more."""
    return _index(Form())


@bp.post("/clinic/webhooks")
@stepped_up
def create() -> ResponseReturnValue:
    """Add one, show its secret, this once, and propose that it is told."""
    form, made = Form(request.form), list[Webhook]()
    name = form.text("name", needed="Say which program it is for.", longest=80)
    address = form.text("address", needed="Give the address that is to be called.")
    reason = form.text("reason", needed="Say why it is to be told.", longest=300)

    def act() -> None:
        webhook, _ = webhooks.add_webhook(
            g.session,
            g.clinic,
            name=name,
            address=address,
            reason=reason,
            by=g.staff,
            now=g.now,
        )
        made.append(webhook)

    if form.is_right and save(form, act):
        return _show(made[0], secret=made[0].secret)
    return _index(form, status=422)


@bp.get("/clinic/webhooks/<int:webhook_id>")
def show(webhook_id: int) -> ResponseReturnValue:
    """How its last calls went."""
    return _show(visible_webhook(webhook_id))


@bp.post("/clinic/webhooks/<int:webhook_id>/secret")
@stepped_up
def renew(webhook_id: int) -> ResponseReturnValue:
    """Give it a new secret, and show that, this once."""
    webhook, form, made = visible_webhook(webhook_id), Form(request.form), [""]

    def act() -> None:
        made[0] = webhooks.renew_secret(g.session, webhook, now=g.now)

    is_done = save(form, act)
    return _show(webhook, form, secret=made[0], status=200 if is_done else 422)


@bp.post("/clinic/webhooks/<int:webhook_id>/call")
def call(webhook_id: int) -> ResponseReturnValue:
    """Have it called now, with a test."""
    webhook, form = visible_webhook(webhook_id), Form(request.form)
    if not save(form, lambda: webhooks.call_again(g.session, webhook, now=g.now)):
        return _show(webhook, form, status=422)
    flash("It is called within a minute. Open this page again to see what it answered.")
    return redirect(url_for("webhooks.show", webhook_id=webhook_id))


@bp.post("/clinic/webhooks/<int:webhook_id>/revoke")
def revoke(webhook_id: int) -> ResponseReturnValue:
    """End it at once."""
    webhook = visible_webhook(webhook_id)
    webhooks.revoke_webhook(g.session, webhook, by=g.staff, now=g.now)
    g.session.commit()
    flash(f"The webhook {webhook.name} is told nothing any more.")
    return redirect(url_for("webhooks.index"))


def _index(form: Form, *, status: int = 200) -> ResponseReturnValue:
    found = webhooks.webhooks_of(g.session, g.clinic)
    return render_template("webhooks/index.html", form=form, webhooks=found), status


def _show(
    webhook: Webhook, form: Form | None = None, *, secret: str = "", status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "webhooks/show.html",
        form=form or Form(),
        webhook=webhook,
        secret=secret,
        proposal=webhooks.proposal_of(g.session, webhook),
        events=webhooks.last_events(g.session, webhook),
        shown=webhooks.SHOWN,
    )
    return page, status
