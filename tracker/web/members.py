"""One who works here: their role, their ways in, their addresses, and how they leave."""

from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.models import Membership, Role, Staff
from tracker.services import cover, factors, leaving, members
from tracker.web.confirm import stepped_up
from tracker.web.forms import Form
from tracker.web.rows import visible_member
from tracker.web.saving import save
from tracker.web.staff import ROLES, link_of

bp = Blueprint("members", __name__, url_prefix="/clinic/staff/<int:membership_id>")
WHY = "Say why: it goes on record."


@bp.get("")
def show(membership_id: int) -> ResponseReturnValue:
    """All of one member of staff."""
    return _page(visible_member(membership_id), Form())


@bp.post("/role")
@stepped_up
def change_role(membership_id: int) -> ResponseReturnValue:
    """Give them another role."""
    one, form = visible_member(membership_id), Form(request.form)
    role = form.choice("role", Role, needed="Say what they may do.")
    reason = form.text("role_reason", needed=WHY, longest=200)

    def act() -> None:
        assert role is not None
        members.change_role(g.session, one, role, reason=reason, now=g.now)

    return _done(one, form, act, f"The role of {one.staff.name} is changed.")


@bp.post("/link")
@stepped_up
def invite(membership_id: int) -> ResponseReturnValue:
    """Make a link for another password, and show it once."""
    one, form, made = visible_member(membership_id), Form(request.form), [""]
    reason = form.text("link_reason", needed=WHY, longest=200)

    def act() -> None:
        made[0] = members.make_link(g.session, one, reason=reason, by=g.staff, now=g.now)

    if form.is_right and save(form, act):
        return _page(one, Form(), link=link_of(made[0]))
    return _page(one, form, status=422)


@bp.post("/factors")
@stepped_up
def reset(membership_id: int) -> ResponseReturnValue:
    """Take their second factors away."""
    one, form = visible_member(membership_id), Form(request.form)
    reason = form.text("reset_reason", needed=WHY, longest=200)
    return _done(
        one,
        form,
        lambda: members.reset_factors(g.session, one, reason=reason, by=g.staff, now=g.now),
        f"The second factors of {one.staff.name} are gone, and they are signed out everywhere.",
    )


@bp.post("/sessions")
@stepped_up
def sign_out(membership_id: int) -> ResponseReturnValue:
    """Sign them out everywhere."""
    one, mine = visible_member(membership_id), g.signed_in.sign_in
    return _done(
        one,
        Form(request.form),
        lambda: members.sign_out(g.session, one, keep=mine, now=g.now),
        f"{one.staff.name} is signed out everywhere"
        f"{' but here' if one.staff_id == g.staff.id else ''}.",
    )


@bp.post("/addresses")
@stepped_up
def mend(membership_id: int) -> ResponseReturnValue:
    """Give them the address and number that work."""
    one, form = visible_member(membership_id), Form(request.form)
    email = form.text("email", needed="Give their e-mail address.", longest=254)
    phone = form.text("phone", longest=40)
    return _done(
        one,
        form,
        lambda: members.mend(g.session, one, email=email, phone=phone, by=g.staff, now=g.now),
        f"{one.staff.name} is told there from now on.",
    )


@bp.post("/leave")
@stepped_up
def leave(membership_id: int) -> ResponseReturnValue:
    """They leave this clinic, and somebody takes over all they answer for here."""
    one, form = visible_member(membership_id), Form(request.form)
    heir, name = _heir(form, one), one.staff.name
    if heir is None and _answers(one):
        form.refuse("hand_to", "Choose who takes all of this over.")
    pumps = [0]

    def act() -> None:
        pumps[0] = members.depart(g.session, one, hand_to=heir, by=g.staff, now=g.now)

    if form.is_right and save(form, act):
        flash(f"{name} has left {g.clinic.name}; {pumps[0]} pumps changed hands.")
        return redirect(url_for("staff.index"))
    return _page(one, form, status=422)


def _heir(form: Form, leaver: Membership) -> Staff | None:
    """Who was chosen to take over; one who works elsewhere is none of the list."""
    typed = form.text("hand_to")
    found = next((one for one in _heirs(leaver) if str(one.id) == typed), None)
    if typed and found is None:
        form.refuse("hand_to", "Choose one of the list.")
    return found


def _heirs(leaver: Membership) -> list[Staff]:
    here = cover.members(g.session, g.clinic.id)
    return [one.staff for one in here if one.staff_id != leaver.staff_id]


def _answers(one: Membership) -> list[str]:
    return leaving.answers_for(g.session, one.staff, g.clinic.id, now=g.now)


def _done(
    one: Membership, form: Form, act: Callable[[], object], sentence: str
) -> ResponseReturnValue:
    if not (form.is_right and save(form, act)):
        return _page(one, form, status=422)
    flash(sentence)
    if one.staff_id == g.staff.id and one.role is not Role.ADMINISTRATOR:
        return redirect(url_for("clinic.index"))  # this page is theirs no more
    return redirect(url_for("members.show", membership_id=one.id))


def _page(
    one: Membership, form: Form, *, link: str = "", status: int = 200
) -> ResponseReturnValue:
    for name, value in (
        ("role", one.role.value),
        ("email", one.staff.email),
        ("phone", one.staff.phone or ""),
    ):
        form.typed.setdefault(name, value)
    is_elsewhere = members.works_elsewhere(g.session, one.staff, g.staff)
    page = render_template(
        "staff/show.html",
        form=form,
        one=one,
        link=link,
        roles=ROLES,
        is_elsewhere=is_elsewhere,
        is_me=one.staff_id == g.staff.id,
        is_last_resort=g.clinic.last_resort_id == one.staff_id,
        has=factors.factors_of(g.session, one.staff),
        is_only_here=members.works_only_here(g.session, one),
        answers=_answers(one),
        heirs=[(who.id, who.name) for who in _heirs(one)],
    )
    return page, status
