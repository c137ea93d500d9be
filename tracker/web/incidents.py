"""The incident report of one watch: what happened, who knew of it and when, on one page."""

from flask import Blueprint, Response, g, render_template
from flask.typing import ResponseReturnValue

from tracker.domain.incident import IncidentReport
from tracker.interop.printouts import incident_pdf
from tracker.services.incidents import incident_of
from tracker.web.headers import printed
from tracker.web.incident_words import report_of
from tracker.web.rows import visible_watch

bp = Blueprint("incidents", __name__)


@bp.get("/watches/<int:watch_id>/report")
def show(watch_id: int) -> ResponseReturnValue:
    """The report, the oldest moment first."""
    return render_template("incidents/show.html", report=_report(watch_id), watch_id=watch_id)


@bp.get("/watches/<int:watch_id>/report.pdf")
def print_out(watch_id: int) -> ResponseReturnValue:
    """The same on sheets of A4, to be put into a file."""
    return printed(Response(incident_pdf(_report(watch_id)), mimetype="application/pdf"))


def _report(watch_id: int) -> IncidentReport:
    return report_of(incident_of(g.session, visible_watch(watch_id), now=g.now))
