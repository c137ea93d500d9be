"""The trail as the privacy officer reads it, and a patient's access report."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.calendar import parse_day, start_of_day
from tracker.domain.errors import TrackerError
from tracker.domain.trail import Act
from tracker.interop.cells import as_csv
from tracker.models import TrailEntry
from tracker.services import trail, trail_reading
from tracker.services.trail_reading import Wanted
from tracker.web.filters import plain_moment
from tracker.web.rows import visible_patient
from tracker.web.trail_words import ACTS, act_words, differences, what_words

bp = Blueprint("trail", __name__)
PAGE = 50
DAY = timedelta(days=1)
HEADS = ("No.", "When", "UTC", "Who", "Did", "What", "Details", "From where", "Request")


@bp.get("/trail")
def index() -> ResponseReturnValue:
    """Who did and saw what in this clinic, newest first."""
    wanted = _wanted()
    patient = visible_patient(wanted.patient_id) if wanted.patient_id is not None else None
    return render_template(
        "trail/index.html",
        **_page(wanted),
        wanted=wanted,
        patient=patient,
        chosen=_chosen(),
        people=trail_reading.people_of(g.session, g.clinic.id),
        acts=[(act.value, words) for act, words in ACTS],
        head=trail.head(g.session),
        is_no_day=bool(_typed_day()) and wanted.since is None,
    )


@bp.get("/patients/<int:patient_id>/access")
def report(patient_id: int) -> ResponseReturnValue:
    """Who saw or changed anything of this patient, when and from where."""
    patient = visible_patient(patient_id)
    page = _page(Wanted(patient_id=patient.id))
    return render_template("trail/report.html", patient=patient, **page)


@bp.get("/patients/<int:patient_id>/access.csv")
def report_file(patient_id: int) -> ResponseReturnValue:
    """The same as a file, whole."""
    patient = visible_patient(patient_id)
    rows = map(_cells, trail_reading.whole_report(g.session, patient))
    answer = Response(as_csv([HEADS, *rows]), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename=access-{patient.id}.csv"
    return answer


def _cells(entry: TrailEntry) -> tuple[object, ...]:
    return (
        entry.id,
        plain_moment(entry.at),
        entry.at.astimezone(UTC).isoformat(timespec="seconds"),
        entry.actor,
        act_words(entry.act),
        what_words(entry),
        "; ".join(differences(entry)),
        entry.address,
        entry.correlation,
    )


def _page(wanted: Wanted) -> dict[str, Any]:
    found = trail_reading.of_clinic(
        g.session, g.clinic.id, wanted, after=_after(), limit=PAGE + 1
    )
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    return {
        "entries": shown,
        "names": trail_reading.names_of(g.session, shown),
        "act_words": act_words,
        "what_words": what_words,
        "differences": differences,
        "next_after": f"{last.at.isoformat()}~{last.id}" if last else None,
        "is_paged": "after" in request.args,
    }


def _wanted() -> Wanted:
    """What the address asks for; a word that means nothing narrows nothing."""
    args = request.args
    since = _day_start()
    return Wanted(
        staff_id=_whole(args.get("who", "")),
        patient_id=_whole(args.get("patient", "")),
        act=next((one for one in Act if one.value == args.get("act")), None),
        since=since,
        until=_day_start(1),
    )


def _chosen() -> dict[str, str]:
    names = ("who", "patient", "act", "day")
    return {name: value for name in names if (value := request.args.get(name, "").strip())}


def _typed_day() -> str:
    return request.args.get("day", "").strip()[:40]


def _day_start(days: int = 0) -> datetime | None:
    """When the day that was typed begins here, or the one after it."""
    try:
        day = parse_day(_typed_day()) + timedelta(days=days)
        return start_of_day(day, g.clinic.zone)
    except (TrackerError, OverflowError):
        return None


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None


def _after() -> tuple[datetime, int] | None:
    """Where the page begins; an address that was tampered with begins at the top."""
    at, _, number = request.args.get("after", "").partition("~")
    if not number.isdecimal() or not number.isascii() or len(number) > 18:
        return None
    try:
        instant = datetime.fromisoformat(at)
        return (instant.astimezone(UTC), int(number)) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None
