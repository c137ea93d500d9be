"""The board, which is the worklist of the day: who needs something next, worst first."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.danger import Bucket, WatchKind, bucket_between, bucket_edges
from tracker.domain.ranking import read_key, write_key
from tracker.domain.risk import RiskClass
from tracker.services.boards import BoardRow
from tracker.services.kept_back import kept_back
from tracker.services.saved_views import views_for
from tracker.services.worklists import counts_of_clinics, hidden_of_clinics, rows_of_clinics
from tracker.web import asked
from tracker.web.board_filters import Worklist, read_worklist
from tracker.web.next_actions import call_address, next_button
from tracker.web.seen import saw
from tracker.web.words import words_for

bp = Blueprint("board", __name__)
PAGE = 30  # fifty would be more than 30 kB
KINDS = tuple(WatchKind)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one bucket that follow each other; those that can't wait stand by themselves."""

    bucket: Bucket
    rows: list[BoardRow]
    is_at_once: bool = False


@bp.get("/")
def index() -> ResponseReturnValue:
    """The board as a page."""
    options = {
        "risks": [(one.value, words_for(one)) for one in RiskClass],
        "kinds": [(one.value, words_for(one)) for one in KINDS],
        "views": views_for(g.session, g.clinic, g.staff),
    }
    to_sign = g.signed_in.to_sign[g.clinic.id]
    return render_template("board/index.html", **_shown(), **options, to_sign=to_sign)


@bp.get("/board/rows")
def rows() -> ResponseReturnValue:
    """The counts and rows alone: fetched again while the page is open."""
    return render_template("board/_rows.html", **_shown())


@bp.post("/board/find")
def find() -> ResponseReturnValue:
    """Lead on to the rows that were asked for."""
    chosen: dict[str, Any] = read_worklist(request.form, asked.typed()).spelt
    return redirect(url_for("board.index", **chosen))


def _shown() -> dict[str, Any]:
    worklist = read_worklist(request.args, asked.asked())
    owners = worklist.owners()
    clinics, filters = worklist.clinics, worklist.filters
    found = rows_of_clinics(
        g.session,
        clinics,
        filters,
        owners,
        after=read_key(request.args.get("after", "")),
        limit=PAGE + 1,
        now=g.now,
    )
    page = found[:PAGE]
    away = [row.watch_id for row in page if row.admitted_at is not None]
    saw(row.patient_id for row in page)
    counts = counts_of_clinics(g.session, clinics, now=g.now)
    return {
        "counts": counts.buckets,
        "open_alarms": counts.open_alarms.n,
        "due_calls": counts.due_calls,
        "hidden": _hidden(worklist, owners) if worklist.narrows else None,
        "filters": filters,
        "worklist": worklist,
        "clinic_names": {one.id: one.name for one in clinics},
        "chosen": worklist.spelt,
        "sections": sections(page),
        "kept": kept_back(g.session, away) if away else {},
        "is_paged": "after" in request.args,
        "next_after": write_key(page[-1].key) if len(found) > PAGE else None,
        "Bucket": Bucket,
        **_buttons(worklist),
    }


def _hidden(worklist: Worklist, owners: dict[int, tuple[int, ...]] | None) -> Any:
    """How many late rows of these clinics are left out by what was chosen."""
    return hidden_of_clinics(g.session, worklist.clinics, worklist.filters, owners, now=g.now)


def _buttons(worklist: Worklist) -> dict[str, Any]:
    """What a row of this clinic can be asked for its next action, and for its call."""
    back = urlencode(worklist.kept)
    return {
        "next_button": lambda row: next_button(row, back=back),
        "call_address": lambda row: call_address(row.watch_id, back),
    }


def sections(page: list[BoardRow]) -> list[Section]:
    """The rows as they come, worst first, with a heading wherever their bucket changes."""
    edges = bucket_edges(now=g.now, zone=g.clinic.zone)

    def of(row: BoardRow) -> tuple[Bucket, bool]:
        return bucket_between(row.danger_at, edges), row.is_at_once

    return [
        Section(bucket, list(run), is_at_once)
        for (bucket, is_at_once), run in groupby(page, key=of)
    ]
