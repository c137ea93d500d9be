"""The one gate: who asks, for which clinic, and the only ways to a row.

Every page is closed unless its name is in `OPEN`. A row of another clinic is not there (404).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from flask import (
    Flask,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from sqlalchemy.orm import Session, joinedload
from werkzeug.routing import IntegerConverter, Map

from tracker.clock import utc_now
from tracker.models import (
    Bolus,
    Heartbeat,
    Patient,
    Programme,
    Pump,
    Reading,
    Refill,
    Role,
)
from tracker.services.health import problems_of
from tracker.web import confirm
from tracker.web.challenges import site
from tracker.web.forms import Form
from tracker.web.held import hold_form
from tracker.web.signed_in import SignedIn, load_signed_in, must_set_up, note_use

P = ParamSpec("P")
R = TypeVar("R")

OPEN = frozenset(
    {
        "static",
        "sign_in.new",
        "sign_in.create",
        "sign_in.options",
        "sign_in.create_by_passkey",
        "second_step.create",
        "new_password.welcome",
        "new_password.accept",
        "health.show",
        # a provider of texts signs in by its signature or its secret
        "callbacks.twilio_inbound",
        "callbacks.twilio_report",
        "callbacks.gateway_report",
        "callbacks.gateway_inbound",
        # so does a mail server, and a reader by the signature in the link
        "bounces.receive",
        "unsubscribe.show",
        "unsubscribe.end",
    }
)
# What somebody who may only read may still post.
NOT_A_RECORD = frozenset(
    {
        "sign_in.end",
        "account.switch_clinic",
        "board.find",
        "patients.find",
        "account.end_one",
        "account.end_all",
        "new_password.update",
        "confirm.create",
        "confirm.options",
        "confirm.hide",
        "confirm.switch",
        "factors.start",
        "factors.confirm",
        "factors.remove_authenticator",
        "factors.renew_codes",
        "factors.passkey_options",
        "factors.create_passkey",
        "factors.remove_passkey",
    }
)
# Open to somebody who has to set a second factor up first.
SETTING_UP = frozenset({"account", "confirm", "factors", "new_password", "sign_in", "static"})
RECORDERS = frozenset(Role) - {Role.VIEWER}
RECORDS: dict[str, type[Refill] | type[Programme] | type[Reading] | type[Bolus]] = {
    "bolus": Bolus,
    "refill": Refill,
    "programme": Programme,
    "reading": Reading,
}


class RowNumber(IntegerConverter):
    """A row's number in an address; what no row can have leads to no page (404)."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def db_session() -> Session:
    """The request's session with the database."""
    return cast(Session, g.session)


def open_gate() -> ResponseReturnValue | None:
    """Let the request in, or send it to the sign-in page; its rights are settled here."""
    g.now = utc_now()
    if request.endpoint in OPEN:
        return None
    if not current_user.is_authenticated:
        if request.endpoint is None:
            return None  # no such page: said to everybody alike
        return _to_sign_in()
    _enter(current_user._get_current_object())
    if confirm.is_hidden() and request.endpoint not in confirm.WHILE_HIDDEN:
        return confirm.ask()
    if must_set_up() and request.blueprint not in SETTING_UP:
        return redirect(url_for("account.show"))
    may_post = g.role in RECORDERS or request.endpoint in NOT_A_RECORD
    if request.method not in {"GET", "HEAD", "OPTIONS"} and not may_post:
        abort(403)
    return None


def _to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back; a form that was sent waits sealed in the page meanwhile."""
    if held := hold_form():
        form = Form({"held": held})
        has_passkeys = site().can_have_passkeys
        return render_template(
            "sign_in/new.html", form=form, ended=True, has_passkeys=has_passkeys
        ), 401
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.new", next=wanted))


def _enter(signed_in: SignedIn) -> None:
    membership = signed_in.membership_in(session.get("clinic_id"))
    g.signed_in = signed_in
    g.staff = signed_in.staff
    g.clinic = membership.clinic
    g.role = membership.role
    g.today = g.now.astimezone(g.clinic.zone).date()


def may(*roles: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view that only these roles may open."""

    def close(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if g.role not in roles:
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return close


may_record = may(*RECORDERS)


def visible_patient(patient_id: int) -> Patient:
    """The patient, if of this clinic; else 404."""
    query = sa.select(Patient).where(Patient.id == patient_id, Patient.clinic_id == g.clinic.id)
    return db_session().scalar(query) or abort(404)


def visible_pump(pump_id: int) -> Pump:
    """The pump with its patient and model, if of this clinic; else 404."""
    query = (
        sa.select(Pump)
        .where(Pump.id == pump_id, Pump.clinic_id == g.clinic.id)
        .options(joinedload(Pump.patient), joinedload(Pump.model), joinedload(Pump.owner))
    )
    return db_session().scalar(query) or abort(404)


def visible_record(kind: str, record_id: int) -> Any:
    """The refill, programme or reading, if its pump is of this clinic; else 404."""
    table = RECORDS.get(kind) or abort(404)
    query = (
        sa.select(table)
        .join(Pump, Pump.id == table.pump_id)
        .where(table.id == record_id, Pump.clinic_id == g.clinic.id)
    )
    return db_session().scalar(query) or abort(404)


def timer_problems(heartbeat: Heartbeat | None) -> list[str]:
    """What the banner of every page says, and /health too; empty while the watch is kept."""
    stale_seconds = int(current_app.config["SCHEDULER_STALE_SECONDS"])
    return problems_of(heartbeat, stale_seconds=stale_seconds, now=g.now)


def init_app(app: Flask) -> None:
    """Put the gate before every page."""
    manager = LoginManager(app, add_context_processor=False)
    manager.session_protection = "strong"
    manager.user_loader(load_signed_in)
    app.url_map.converters["int"] = RowNumber
    app.before_request(open_gate)
    app.after_request(note_use)
