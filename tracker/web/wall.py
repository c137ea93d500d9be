"""The screen on the wall of the clinic's room: big, without names, and renewed by itself."""

from flask import Blueprint, Response, current_app, g, render_template
from flask.typing import ResponseReturnValue

from tracker.domain.danger import Bucket
from tracker.services.walls import wall_of
from tracker.web.board import sections
from tracker.web.request import timer_problems
from tracker.web.seen import saw

bp = Blueprint("wall", __name__)
RENEW_SECONDS = 60  # ours: as often as the board asks


@bp.get("/wall")
def show() -> ResponseReturnValue:
    """The screen of the clinic that one works in."""
    return screen()


def screen() -> Response:
    """The page for the clinic of this request; the browser asks again by its header alone."""
    wall = wall_of(g.session, g.clinic, now=g.now)
    saw(row.patient_id for row in wall.rows)
    shown = sections(wall.rows)
    page = render_template(
        "wall/show.html",
        wall=wall,
        sections=shown,
        late_shown=sum(len(one.rows) for one in shown if one.bucket is Bucket.LATE),
        problems=timer_problems(wall.heartbeat),
        shown_at=g.now,
        clinic=g.clinic,
        today=g.today,
        seconds=RENEW_SECONDS,
        Bucket=Bucket,
    )
    return current_app.make_response(page)


def renew(answer: Response) -> Response:
    """Let the browser ask again, also when the page failed: nobody touches that screen."""
    if answer.status_code == 200 or answer.status_code >= 500:
        answer.headers["Refresh"] = str(RENEW_SECONDS)
    return answer


bp.after_request(renew)
