"""A clinic's spreadsheet, read and taken in."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tracker.clock import utc_now
from tracker.commands.frame import command, json_option, now_option, open_sessions
from tracker.domain.errors import TrackerError

AGAIN = "Take the same file in again: what is in already is found to be, and comes in once."
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@command("sheet")
@click.argument("file", type=EXISTING)
@click.option("--clinic", required=True, help="The clinic, by its name or its number.")
@click.option(
    "--mapping", type=EXISTING, help="What a person answers about the sheet, as JSON."
)
@click.option("--as", "email", help="E-mail of who brings it in; else a coordinator.")
@click.option("--dry-run", is_flag=True, help="Store nothing, and report the same.")
@now_option
@json_option
def sheet(
    file: Path,
    clinic: str,
    mapping: Path | None,
    email: str | None,
    dry_run: bool,
    now: datetime | None,
    as_json: bool,
) -> None:
    """Take in a clinic's spreadsheet: CSV or .xlsx, each row whole or not at all."""
    from tracker.interop.sheets import opening, reading
    from tracker.interop.sheets.mapping import Mapping, read_mapping
    from tracker.services.catalogues import catalogue_for
    from tracker.services.import_portions import take_in_portions
    from tracker.services.imports import importer, source_of, still_watched
    from tracker.services.staff import clinic_called

    at = now or utc_now()
    said = read_mapping(_text(mapping)) if mapping else Mapping()
    with open_sessions()() as session:
        where = clinic_called(session, clinic)
        catalogue = catalogue_for(where)
        session.commit()  # nobody has to wait while a file is read
        opened = opening.open_sheet(_content(file), said)
        read = reading.read_rows(opened, zone=where.zone, catalogue=catalogue, now=at)
        by = importer(session, where, email)
        source = source_of(session, where, file.name, zone=said.timezone, by=by, now=at)
        rows = [(one.row, one.record) for one in read if one.record and one.outcome == "import"]
        ended = {one.row: one.ended_serial for one in read if one.ended_serial}
        watched = still_watched(session, where, ended)
        end = session.rollback if dry_run else session.commit
        with _saying_what_is_kept(dry_run=dry_run) as told:
            taken = take_in_portions(session, where, rows, source, end=end, told=told)
        reading.settle(read, taken, watched)
    answer = {**reading.answer(read), "mapping": opened.as_json()}
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        click.echo(_said(answer, dry_run=dry_run))


@contextmanager
def _saying_what_is_kept(*, dry_run: bool) -> Iterator[Callable[[dict[int, Any]], None]]:
    """What counts the rows that are in; where it breaks off, by Ctrl-C too, it is said."""
    kept = 0

    def told(portion: dict[int, Any]) -> None:
        nonlocal kept
        kept += sum(one.outcome == "import" for one in portion.values())

    try:
        yield told
    except BaseException:
        said = f"Rows that are in, and stay: {kept}. {AGAIN}"
        click.echo(f"It broke off. {'Nothing was stored.' if dry_run else said}", err=True)
        raise


def _content(file: Path) -> bytes:
    from tracker.interop.sheets.opening import MOST_BYTES

    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as problem:
        raise TrackerError(f"{file} can't be read: {problem.strerror}.") from problem


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise TrackerError(f"{file} is no UTF-8 text.") from problem


def _said(answer: dict[str, Any], *, dry_run: bool) -> str:
    lines = [
        f"row {one['row']}: {one['outcome']}"
        + (f" - {one['reason']}" if one["reason"] else "")
        + "".join(f"\n    warning: {warning}" for warning in one["warnings"])
        for one in answer["rows"]
    ]
    counts = ", ".join(f"{count} {name}" for name, count in answer["summary"].items())
    return "\n".join([*lines, f"{counts}." + (" Nothing was stored." if dry_run else "")])


imports = click.Group("import", commands=[sheet], help="Take in what a clinic has elsewhere.")
