"""Who works here: a list for administrators, and how somebody comes in."""

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Role
from tracker.services import members
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.saving import save
from tracker.web.words import words_for

bp = Blueprint("staff", __name__)
ROLES = [(one.value, words_for(one)) for one in Role]


@bp.get("/clinic/staff")
def index() -> ResponseReturnValue:
    """Everybody who works here."""
    return _page(Form())


@bp.post("/clinic/staff")
@stepped_up
def create() -> ResponseReturnValue:
    """Add somebody new, and show once the link by which they choose a password."""
    form, made = Form(request.form), [""]
    name = form.text("name", needed="Give their name.", longest=120)
    email = form.text("email", needed="Give their e-mail address.", longest=254)
    role = form.choice("role", Role, needed="Say what they may do.")

    def act() -> None:
        assert role is not None
        _, made[0] = members.add_new(
            g.session, g.clinic, email=email, name=name, role=role, by=g.staff, now=g.now
        )

    if form.is_right and save(form, act):
        return _page(Form(), link=link_of(made[0]), name=name)
    return _page(form, status=422)


@bp.post("/clinic/staff/known")
@stepped_up
def join() -> ResponseReturnValue:
    """Let somebody of another clinic work here too."""
    form, found = Form(request.form), []
    email = form.text("known_email", needed="Give their e-mail address.", longest=254)
    role = form.choice("known_role", Role, needed="Say what they may do.")

    def act() -> None:
        assert role is not None
        found.append(members.add_known(g.session, g.clinic, email=email, role=role))

    if form.is_right and save(form, act):
        flash(f"{found[0].staff.name} works here too now, and signs in as before.")
        return redirect(url_for("staff.index"))
    if "email" in form.errors:  # two forms of the page have such a field
        form.errors["known_email"] = form.errors.pop("email")
    return _page(form, status=422)


def link_of(token: str) -> str:
    """The link as somebody gets it: by the setting, not by who asks under which name."""
    return str(current_app.config["PUBLIC_URL"]).rstrip("/") + url_for(
        "new_password.welcome", token=token
    )


def _page(
    form: Form, *, link: str = "", name: str = "", status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "staff/index.html",
        form=form,
        link=link,
        name=name,
        members=members.members_of(g.session, g.clinic.id, now=g.now),
        roles=ROLES,
    )
    return page, status
