"""The clinic's own room: everything that a clinic decides for itself, one link each."""

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("clinic", __name__)

ROOMS = (
    ("policies.index", "Reminder policies", "Who is told when, as a date comes nearer."),
    ("cover.index", "Absence and duty", "Who is away, who stands in, who is on duty."),
    ("appointments.index", "Visits", "What is booked, day by day."),
    ("silences.index", "Everything silenced", "What has been taken in hand or put off."),
    ("wordings.index", "Texts", "The words of each message, in each language."),
    ("rehearsals.show", "Rehearsal", "What will be sent, to whom and when."),
    ("morning_lists.index", "Emergency list", "Whom to phone if this system is down."),
    ("clinic.edit", "Settings of the clinic", "Quiet hours, last resort, languages."),
)


@bp.get("/clinic")
def index() -> ResponseReturnValue:
    """Links to what is there."""
    rooms = [room for room in ROOMS if room[0] in current_app.view_functions]
    return render_template("clinic/index.html", rooms=rooms)
