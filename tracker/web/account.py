"""What a staff member sets for themselves: the clinic that is shown, and where they are in."""

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from tracker.domain.account_change import SENTENCES, who_did_it
from tracker.services import account_notices, passkeys, sessions
from tracker.services.factors import factors_of
from tracker.web.browsers import browser_words
from tracker.web.challenges import site
from tracker.web.confirm import stepped_up
from tracker.web.signed_in import must_set_up

bp = Blueprint("account", __name__)


@bp.get("/account")
def show() -> ResponseReturnValue:
    """How somebody signs in, and where they are signed in."""
    found = sessions.open_sessions(g.session, g.staff, now=g.now)
    has = factors_of(g.session, g.staff)
    return render_template(
        "account/show.html",
        sessions=[(one, browser_words(one.agent)) for one in found],
        mine=g.signed_in.sign_in.id,
        has=has,
        passkeys=passkeys.of(g.session, g.staff) if has.passkeys else [],
        can_have_passkeys=site().can_have_passkeys,
        must_set_up=must_set_up(),
        changes=account_notices.newest(g.session, g.staff),
        sentences=SENTENCES,
        who_did_it=who_did_it,
    )


@bp.post("/account/clinic")
def switch_clinic() -> ResponseReturnValue:
    """Show another of the clinics the staff member belongs to."""
    wanted = request.form.get("clinic_id", "")
    for membership in g.signed_in.memberships:
        if str(membership.clinic_id) == wanted:
            cookie["clinic_id"] = membership.clinic_id
            flash(f"You now see {membership.clinic.name}.")
            return redirect(url_for("board.index"))
    return abort(404)


@bp.post("/account/sessions/<int:number>/end")
@stepped_up
def end_one(number: int) -> ResponseReturnValue:
    """Sign out one other browser of one's own."""
    if not sessions.end(g.session, g.staff, number, now=g.now):
        abort(404)
    g.session.commit()
    flash("That browser is signed out.")
    return redirect(url_for("account.show"))


@bp.post("/account/sessions/end")
@stepped_up
def end_all() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    sessions.end_all(g.session, g.staff, now=g.now, keep=g.signed_in.sign_in)
    g.session.commit()
    flash("You are signed out everywhere but here.")
    return redirect(url_for("account.show"))
