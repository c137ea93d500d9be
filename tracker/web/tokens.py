"""Tokens for programs and calendars: made here, shown once, revoked here."""

from datetime import date, datetime, time, timedelta

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import ApiToken, Scope
from tracker.services import tokens
from tracker.services.calendars import CALENDARS
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.rows import our_tokens, visible_token
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("tokens", __name__)
BY_ADDRESS = CALENDARS | {Scope.READ_WALL}  # what holds its token in its address
USUAL = timedelta(days=90)  # ours: a quarter, long enough to be no burden


@bp.get("/clinic/tokens")
def index() -> ResponseReturnValue:
    """The tokens of whoever asks; an administrator sees all of the clinic."""
    return _page(Form({"ends_on": (g.today + USUAL).isoformat()}))


@bp.post("/clinic/tokens")
@stepped_up
def create() -> ResponseReturnValue:
    """Make a token and show it, this once."""
    form, made = Form(request.form), [""]
    name = form.text("name", needed="Say which program it is for.", longest=80)
    scope = form.choice("scope", Scope, needed="Say what it may do.")
    ends_on = form.day("ends_on", needed="Say when it ends.")

    def act() -> None:
        assert scope is not None
        assert ends_on is not None
        made[0] = tokens.make_token(
            g.session, g.clinic, name=name, scope=scope, ends_at=_end_of(ends_on),
            by=g.staff, now=g.now,
        )  # fmt: skip

    if form.is_right and save(form, act):
        shown = _address_of(scope, made[0]) if scope in BY_ADDRESS else made[0]
        fresh = Form({"ends_on": (g.today + USUAL).isoformat()})
        return _page(fresh, made=shown, is_address=scope in BY_ADDRESS)
    return _page(form, status=422)


@bp.post("/clinic/tokens/<int:token_id>/revoke")
def revoke(token_id: int) -> ResponseReturnValue:
    """End a token at once."""
    token = visible_token(token_id)
    tokens.revoke_token(g.session, token, by=g.staff, now=g.now)
    g.session.commit()
    flash(f"The token {token.name} opens nothing any more.")
    return redirect(url_for("tokens.index"))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(), g.clinic.zone)


def _address_of(scope: Scope | None, text: str) -> str:
    """By the setting, not by who asks under which name."""
    house = str(current_app.config["PUBLIC_URL"]).rstrip("/")
    page = "wall_by_address.show" if scope is Scope.READ_WALL else "calendars.feed"
    return house + url_for(page, token=text)


def _page(
    form: Form, *, made: str = "", is_address: bool = False, status: int = 200
) -> ResponseReturnValue:
    found = g.session.scalars(our_tokens().order_by(ApiToken.id.desc())).all()
    page = render_template(
        "tokens/index.html",
        form=form,
        made=made,
        is_address=is_address,
        tokens=found,
        scopes=[(one.value, words_for(one)) for one in Scope],
    )
    return page, status
