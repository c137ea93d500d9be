"""The board: who needs a refill or a battery, worst first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from typing import Any, TypeVar

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.domain.danger import Bucket, WatchKind, bucket_between, bucket_edges
from tracker.domain.risk import RiskClass
from tracker.services.alarm_lists import open_alarms
from tracker.services.boards import BoardFilters, BoardRow, Count, board_rows, bucket_counts
from tracker.services.kept_back import kept_back
from tracker.web import asked
from tracker.web.seen import saw
from tracker.web.words import words_for

bp = Blueprint("board", __name__)
PAGE = 50
Chosen = TypeVar("Chosen", bound=StrEnum)
KINDS = tuple(WatchKind)


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one bucket."""

    bucket: Bucket
    rows: list[BoardRow]


@bp.get("/")
def index() -> ResponseReturnValue:
    """The board as a page."""
    options = {
        "risks": [(one.value, words_for(one)) for one in RiskClass],
        "kinds": [(one.value, words_for(one)) for one in KINDS],
    }
    return render_template("board/index.html", **_shown(), **options)


@bp.get("/board/rows")
def rows() -> ResponseReturnValue:
    """The counts and rows alone: fetched again while the page is open."""
    return render_template("board/_rows.html", **_shown())


@bp.post("/board/find")
def find() -> ResponseReturnValue:
    """Lead on to the rows that were asked for."""
    chosen: dict[str, Any] = _in_force(read_filters(request.form, asked.typed()))
    return redirect(url_for("board.index", **chosen))


def _shown() -> dict[str, Any]:
    filters = read_filters(request.args, asked.asked())
    counts: dict[Bucket, Count] = bucket_counts(g.session, g.clinic, now=g.now)
    found = board_rows(
        g.session, g.clinic, filters, after=read_after(), limit=PAGE + 1, now=g.now
    )
    page = found[:PAGE]
    away = [row.watch_id for row in page if row.admitted_at is not None]
    saw(row.patient_id for row in page)
    return {
        "counts": counts,
        "open_alarms": open_alarms(g.session, g.clinic),
        "filters": filters,
        "chosen": _in_force(filters),
        "sections": sections(page),
        "kept": kept_back(g.session, away) if away else {},
        "is_paged": "after" in request.args,
        "next_after": _after(page[-1]) if len(found) > PAGE else None,
        "Bucket": Bucket,
    }


def sections(page: list[BoardRow]) -> list[Section]:
    """The rows by bucket; they come worst first, so each bucket is one run of them."""

    edges = bucket_edges(now=g.now, zone=g.clinic.zone)

    def of(row: BoardRow) -> Bucket:
        return bucket_between(row.danger_at, edges)

    return [Section(one, list(run)) for one, run in groupby(page, key=of)]


def read_filters(args: Mapping[str, str], text: str) -> BoardFilters:
    """The filters as they were chosen; a word that isn't one of them filters nothing."""
    return BoardFilters(
        bucket=_chosen(Bucket, args.get("bucket", "")),
        owner_id=g.staff.id if args.get("owner") == "me" else None,
        risk_class=_chosen(RiskClass, args.get("risk", "")),
        kind=_chosen(WatchKind, args.get("kind", "")),
        text=text,
    )


def _in_force(filters: BoardFilters) -> dict[str, str]:
    """The filters that narrow the board, as the address spells them."""
    spelt = {
        "bucket": filters.bucket.value if filters.bucket else "",
        "owner": "me" if filters.owner_id is not None else "",
        "risk": filters.risk_class.value if filters.risk_class else "",
        "kind": filters.kind.value if filters.kind else "",
        asked.NAME: asked.seal(filters.text) or "",
    }
    return {name: value for name, value in spelt.items() if value}


def _chosen(kind: type[Chosen], value: str) -> Chosen | None:
    return next((one for one in kind if one.value == value), None)


def _after(row: BoardRow) -> str:
    at, number = row.key
    return f"{at.isoformat() if at else ''}~{number}"


def read_after() -> tuple[datetime | None, int] | None:
    """Where the page begins; an address that was tampered with begins at the top."""
    at, _, number = request.args.get("after", "").partition("~")
    if not number.isdecimal() or len(number) > 9:
        return None
    if not at:
        return None, int(number)
    try:
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            return None
        return instant.astimezone(UTC), int(number)
    except (ValueError, OverflowError):  # no instant, or one that no UTC clock can show
        return None
