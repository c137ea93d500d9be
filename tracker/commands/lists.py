"""The emergency list and the reports, made by hand."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import current_app

from tracker.clock import utc_now
from tracker.commands.frame import command, now_option, open_sessions
from tracker.domain.errors import TrackerError
from tracker.models import Clinic


@command("emergency-list")
@click.option("--clinic", help="One clinic by its name; else every one.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the pages there and nothing else: not mailed, not kept.",
)
@now_option
def emergency_list(clinic: str | None, folder: Path | None, now: datetime | None) -> None:
    """Make the list of the day: who may run dry, whom to phone."""
    from tracker import jobs
    from tracker.services.morning_lists import due_lists

    sessions, at = open_sessions(), now or utc_now()
    if folder is not None:
        for place in _pages(sessions, clinic, folder, at):
            click.echo(place)
        return
    with sessions() as session:
        due = due_lists(session, now=at)
        names = dict(session.execute(sa.select(Clinic.id, Clinic.name)).tuples().all())
    wanted = [one for one in due if clinic is None or names[one.clinic_id] == clinic]
    if not wanted:
        click.echo("No list is due: today's is there, or the hour has not come.")
    for one in wanted:
        made = jobs.make_list(sessions, current_app.config["LIST_FOLDER"], one, now=at)
        click.echo(f"{made.clinic}: {made.folder}")


@command("reports")
@now_option
def reports(now: datetime | None) -> None:
    """Begin to send the reports of the day and week whose hour has come."""
    from tracker.services.day_reports import open_reports

    with open_sessions().begin() as session:
        due = open_reports(session, now=now or utc_now())
        names = dict(session.execute(sa.select(Clinic.id, Clinic.name)).tuples().all())
    if not due:
        click.echo("No report is due: today's has been begun, or the hour has not come.")
    for one in due:
        click.echo(f"{names[one.clinic_id]}: {one.kind.replace('_', ' ')}")


def _pages(sessions: Any, clinic: str | None, folder: Path, now: datetime) -> list[str]:
    """The list as it is now, of the clinics named, each page by its path."""
    from tracker.jobs.lists import write_pages
    from tracker.services import morning_lists

    with sessions() as session:
        asked = sa.select(Clinic).order_by(Clinic.id)
        clinics = session.scalars(asked if clinic is None else asked.filter_by(name=clinic))
        made = [
            (one.id, morning_lists.emergency_list(session, one, now=now)) for one in clinics
        ]
    if not made:
        raise TrackerError(f"There is no clinic called {clinic}.")
    return [file for id, one in made for file in write_pages(folder / f"clinic-{id}", one)[0]]
