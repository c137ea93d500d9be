"""What a staff member sets for their own session: the clinic whose pumps are shown."""

from flask import Blueprint, abort, flash, g, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

bp = Blueprint("account", __name__)


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
