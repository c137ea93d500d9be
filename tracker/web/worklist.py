"""Many rows of the worklist at once: given to somebody, or printed to telephone by."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import (
    Blueprint,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from tracker.domain.languages import name_of
from tracker.domain.ranking import read_key, write_key
from tracker.models import Watch
from tracker.services.assignments import assign_all
from tracker.services.at_once import at_once_of
from tracker.services.boards import BoardRow
from tracker.services.owners import possible_owners
from tracker.services.worklists import calls_by_patient, rows_of_clinics, watches_to_call
from tracker.web import asked
from tracker.web.board import sections
from tracker.web.board_filters import board_address, clean_view, read_worklist
from tracker.web.call_words import reached_at
from tracker.web.calls import phones_of
from tracker.web.forms import Form
from tracker.web.given import unless_here
from tracker.web.next_actions import what_to_ask
from tracker.web.rows import visible_watches
from tracker.web.saving import save
from tracker.web.seen import saw

bp = Blueprint("worklist", __name__)
MOST = 200  # ours: rows of one list to telephone by
PAGE = 50  # rows to choose from on one page: more would be over 30 kB


@bp.get("/worklist/choose")
def choose() -> ResponseReturnValue:
    """The rows of the board with a box before each; the filters stay as they were."""
    is_all = request.args.get("all") == "yes"
    typed = {"view": clean_view(request.query_string.decode())}
    return _page(Form(typed | {"after": request.args.get("after", "")}), is_all=is_all)


@bp.post("/worklist/give")
def give() -> ResponseReturnValue:
    """Give the chosen rows to somebody; what can't be given is named with its reason."""
    form, watches = Form(request.form), visible_watches(_numbers(request.form.getlist("w")))
    reason = form.text("reason", needed="Say why they change hands.", longest=300)
    able = {str(one.id): one for one in possible_owners(g.session, g.clinic.id)}
    owner = able.get(form.text("owner_id", needed="Choose who answers for them."))
    if form["owner_id"] and owner is None:
        form.refuse("owner_id", "Choose one of the list.")
    if not watches:
        form.refuse("chosen", "Choose at least one row.")
    done: list[Any] = []

    def act() -> None:
        assert owner is not None
        done.extend(assign_all(g.session, watches, owner, reason=reason, by=g.staff, now=g.now))

    if not (form.is_right and save(form, act)):
        return _page(form), 422
    given, left = done
    assert owner is not None
    if not left:
        flash(f"{_rows(len(given))} now {owner.name}'s. {unless_here(owner)}".strip())
        return redirect(board_address(form["view"]))
    return render_template(
        "worklist/given.html",
        given=given,
        left=left,
        owner=owner,
        away=unless_here(owner),
        back=board_address(form["view"]),
    )


@bp.post("/worklist/call-list")
def make_call_list() -> ResponseReturnValue:
    """Lead on to the list of the chosen rows."""
    numbers = _numbers(request.form.getlist("w"))
    visible_watches(numbers)
    if not numbers:
        form = Form(request.form)
        form.refuse("chosen", "Choose at least one row.")
        return _page(form), 422
    return redirect(url_for("worklist.call_list", rows=".".join(map(str, numbers))))


@bp.get("/worklist/call-list")
def call_list() -> ResponseReturnValue:
    """Whom to telephone, to print: by which number, what to ask, and lines to write on."""
    numbers = _numbers(request.args.get("rows", "").split("."))
    visible_watches(numbers)
    watches = watches_to_call(g.session, g.clinic, numbers, now=g.now)
    patients = {one.pump.patient_id for one in watches if one.pump}
    calls = calls_by_patient(g.session, g.clinic, patients, now=g.now)
    saw(patients)
    lines = [_line(one, calls[one.pump.patient_id]) for one in watches if one.pump]
    return render_template(
        "worklist/call_list.html", lines=lines, left=len(numbers) - len(lines)
    )


@bp.post("/worklist/elsewhere")
def elsewhere() -> ResponseReturnValue:
    """Open a row of another clinic of one's own, which is shown from now on."""
    clinic, _, number = request.form.get("row", "").partition("-")
    for membership in g.signed_in.memberships:
        is_number = number.isdecimal() and len(number) < 10
        if str(membership.clinic_id) == clinic and is_number:
            session["clinic_id"] = membership.clinic_id
            flash(f"You now see {membership.clinic.name}.")
            return redirect(url_for("watches.show", watch_id=int(number)))
    return abort(404)


def _line(watch: Watch, calls: Sequence[Any]) -> dict[str, Any]:
    patient = watch.pump.patient if watch.pump else None
    assert patient is not None
    return {
        "watch": watch,
        "patient": patient,
        "phones": phones_of(watch),
        "reached": reached_at(calls, g.clinic.zone),
        "last": calls[0] if calls else None,
        "language": name_of(patient.language or g.clinic.language),
        "ask": what_to_ask(watch.kind),
    }


def _numbers(typed: Sequence[str]) -> list[int]:
    """The numbers of the chosen rows, each once; what is none is no row of ours (404)."""
    found = list(dict.fromkeys(one for one in typed if one))
    if len(found) > MOST or not all(one.isdecimal() and len(one) < 10 for one in found):
        abort(404)
    return [int(one) for one in found]


def _page(form: Form, *, is_all: bool = False) -> str:
    typed = request.form.getlist("w")
    found = _listed(form["view"], form["after"])
    page = found[:PAGE]
    saw(row.patient_id for row in page)
    return render_template(
        "worklist/choose.html",
        form=form,
        sections=sections(page),
        at_once=at_once_of(g.session, (row.pump_id for row in page)),
        next_after=write_key(page[-1].key) if len(found) > PAGE else None,
        after=form["after"],
        page_size=PAGE,
        is_all=is_all,
        ticked=set(_numbers(typed)),
        view=form["view"],
        query=_query(form["view"]),
        back=board_address(form["view"]),
        owners=[(one.id, one.name) for one in possible_owners(g.session, g.clinic.id)],
    )


def _query(view: str) -> str:
    """The filters of this page as an address has them, with what was searched for."""
    sealed = request.args.get(asked.NAME, "") if request.method == "GET" else ""
    return urlencode([*parse_qsl(view), *([(asked.NAME, sealed)] if sealed else [])])


def _listed(view: str, after: str) -> list[BoardRow]:
    """The rows to choose from: of this clinic alone, for only those are given by it."""
    text = asked.asked() if request.method == "GET" else ""
    worklist = replace(read_worklist(dict(parse_qsl(view)), text), is_everywhere=False)
    return rows_of_clinics(
        g.session,
        [g.clinic],
        worklist.filters,
        worklist.owners(),
        after=read_key(after),
        limit=PAGE + 1,
        now=g.now,
    )


def _rows(count: int) -> str:
    return "1 watch is" if count == 1 else f"{count} watches are"
