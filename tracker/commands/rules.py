"""The command with which changed rules reach the watches."""

import click

from tracker.clock import utc_now
from tracker.commands.frame import command, open_sessions


@command("reproject")
@click.option("--all", "is_all", is_flag=True, help="Every clinic.")
@click.option("--clinic", help="The name of one clinic.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
def reproject(is_all: bool, clinic: str | None, dry_run: bool) -> None:
    """Work every date out anew: after a change of margins, closed days or catalogue."""
    from tracker.services.rebuilds import reproject_all, reproject_clinic
    from tracker.services.staff import clinic_by_name

    if is_all == (clinic is not None):
        raise click.UsageError("Give either --all or --clinic.")
    with open_sessions()() as session:
        if clinic is None:
            done = reproject_all(session, now=utc_now())
        else:
            one = clinic_by_name(session, clinic)
            done = reproject_clinic(session, one, now=utc_now())
        if not dry_run:
            session.commit()
    would = "would change" if dry_run else "changed"
    click.echo(f"{done.pumps} pumps were looked at; {done.changed} watches {would}.")
