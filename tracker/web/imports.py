"""Bringing in a clinic's spreadsheet: its columns, what its rows say, and taking it in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from tracker.domain.errors import TrackerError
from tracker.interop.cells import as_csv
from tracker.interop.sheets.opening import Opened, open_sheet, sheets_in
from tracker.interop.sheets.reading import answer, read_rows, settle
from tracker.interop.sheets.records import Reading
from tracker.services.catalogues import catalogue_for
from tracker.services.import_portions import take_in_portions
from tracker.services.imports import source_of, still_watched
from tracker.web.forms import Form
from tracker.web.import_fields import (
    CHOICES,
    LARGEST_FILE,
    LARGEST_POST,
    MARK_CHOICES,
    ORDER_CHOICES,
    UNITS,
    Upload,
    asked_about,
    file_in,
    put_proposed,
    read_answers,
    seal,
    sealed_file,
    unseal,
)

bp = Blueprint("imports", __name__)
HEADS = ("row", "outcome", "reason", "warnings")
MOST_ROWS = 500  # ours: half a minute, and somebody waits for the page
BY_COMMAND = "use the command flask import sheet."
GONE = "The file is no longer in the page: choose it again."


@bp.url_value_preprocessor
def _allow_file(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file is longer than a form. Said here, before anything reads the form."""
    request.max_content_length = LARGEST_POST
    request.max_form_memory_size = LARGEST_POST


@bp.get("/clinic/import")
def index() -> ResponseReturnValue:
    """Where a file is chosen."""
    return _page(Form())


@bp.post("/clinic/import/check")
def check() -> ResponseReturnValue:
    """What each column would be read as, and what would become of each row; stores nothing."""
    form = Form(request.form)
    upload = _sent(form) or file_in(form)
    if upload is None:
        form.refuse("file", GONE if form["held"] else "Choose a file.")
    if upload is None or not form.is_right:
        return _page(form, status=422)
    return _checked(form, upload)


def _sent(form: Form) -> Upload | None:
    """The file that was chosen just now; answers about another one are forgotten."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    with sent.stream as stream:
        content = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        form.refuse("file", f"The file is larger than 1 MB: {BY_COMMAND}")
        return None
    form.typed = {}
    return Upload(sent.filename.replace("\\", "/").rsplit("/", 1)[-1][:100], content)


def _checked(form: Form, upload: Upload) -> ResponseReturnValue:
    opened, readings = _read(form, upload)
    if opened is not None and readings:
        _take(opened, readings, upload, end=g.session.rollback)
    status = 200 if form.is_right else 422
    return _page(form, upload=upload, opened=opened, readings=readings, status=status)


def _read(form: Form, upload: Upload) -> tuple[Opened | None, list[Reading]]:
    """The sheet and its rows, or what stands against it beside its field."""
    zone, catalogue = g.clinic.zone, catalogue_for(g.clinic)
    g.session.commit()  # nobody has to wait while a file is read
    try:
        opened = open_sheet(upload.content, read_answers(form))
        rows = read_rows(opened, zone=zone, catalogue=catalogue, now=g.now)
        if len(rows) > MOST_ROWS:
            raise TrackerError(f"The sheet has over {MOST_ROWS} rows: {BY_COMMAND}")
    except TrackerError as refused:
        form.refuse_error(refused)
        return _unmatched(form, upload), []
    return opened, rows


def _unmatched(form: Form, upload: Upload) -> Opened | None:
    """The columns as they are headed, where it has to be said what each of them is."""
    try:
        return open_sheet(upload.content, replace(read_answers(form), columns={}))
    except TrackerError:
        return None


def _take(
    opened: Opened, readings: list[Reading], upload: Upload, *, end: Callable[[], None]
) -> None:
    zone = opened.mapping.timezone
    source = source_of(g.session, g.clinic, upload.name, zone=zone, by=g.staff, now=g.now)
    rows = [(one.row, one.record) for one in readings if one.record and one.outcome == "import"]
    ended = {one.row: one.ended_serial for one in readings if one.ended_serial}
    watched = still_watched(g.session, g.clinic, ended)
    taken = take_in_portions(g.session, g.clinic, rows, source, end=end)
    settle(readings, taken, watched)


@bp.post("/clinic/import")
def create() -> ResponseReturnValue:
    """Take in the rows that can be; the others stay where they are, each with its reason."""
    form = Form(request.form)
    upload = file_in(form)
    if upload is None:
        form.refuse("file", GONE)
        return _page(form, status=422)
    opened, readings = _read(form, upload)
    if opened is None or not form.is_right:
        return _page(form, upload=upload, opened=opened, status=422)
    _take(opened, readings, upload, end=g.session.commit)
    found = answer(readings)
    cells = [[one[name] for name in HEADS] for one in found["rows"]]
    return render_template(
        "imports/done.html",
        name=upload.name,
        summary=found["summary"],
        readings=readings,
        sealed=seal({"name": upload.name, "cells": cells}),
    )


@bp.post("/clinic/import/result.csv")
def result() -> ResponseReturnValue:
    """The same answer as a sheet, to be worked through beside the first one."""
    form = Form(request.form)
    kept = unseal(form["held"])
    if kept is None or "cells" not in kept:
        form.refuse("file", GONE)
        return _page(form, status=422)
    rows = [[*one[:3], "\n".join(one[3])] for one in kept["cells"]]
    made = Response(as_csv([HEADS, *rows]), mimetype="text/csv")
    made.headers["Content-Disposition"] = "attachment; filename=import.csv"
    return made


def _page(
    form: Form,
    *,
    upload: Upload | None = None,
    opened: Opened | None = None,
    readings: list[Reading] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    found = answer(readings or [])
    reasons = " ".join(one["reason"] or "" for one in found["rows"])
    columns = put_proposed(form, opened) if opened else []
    page = render_template(
        "imports/index.html",
        form=form,
        upload=upload,
        held=sealed_file(upload) if upload else "",
        columns=columns,
        choices=CHOICES,
        sheets=_sheets(upload),
        asked=asked_about(reasons, form),
        orders=ORDER_CHOICES,
        marks=MARK_CHOICES,
        units=UNITS,
        summary=found["summary"],
        readings=readings or [],
    )
    return page, status


def _sheets(upload: Upload | None) -> list[tuple[str, str]]:
    try:
        return [(one, one) for one in sheets_in(upload.content)] if upload else []
    except TrackerError:
        return []
