"""Commands on the database: bring it up to date, fill it, look whether all is well."""

from collections.abc import Callable
from datetime import date, datetime

import click
from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from tracker import schema
from tracker.clock import utc_now
from tracker.commands.frame import Day, command, database_url, open_sessions
from tracker.domain.errors import TrackerError
from tracker.domain.message import Channel
from tracker.domain.outgoing import Outgoing


@command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest schema and the newest catalogue."""
    schema.refuse_unfinished(current_app.extensions["tracker"].engine)
    bring_to_newest()


def bring_to_newest() -> None:
    """The migrations, and what they can't do: catalogue, keys, ladders and dates."""
    from tracker.sealing import ring_of
    from tracker.services.catalogues import seed
    from tracker.services.clinics import install_missing_policies
    from tracker.services.promised_calls import watch_promises
    from tracker.services.rebuilds import Rebuilt, reproject_all
    from tracker.services.resealing import reseal

    before = schema.version_of(current_app.extensions["tracker"].engine)
    schema.upgrade(database_url())
    with open_sessions(is_restoring=True).begin() as session:
        changed = seed(session)
        # what an older version wrote readable; a migration has no keys
        reseal(session, ring_of(current_app.config["SEALING_KEYS"]), is_plain_only=True)
        ladders = install_missing_policies(session, now=utc_now())
        watch_promises(session, now=utc_now())  # of calls that an older version took down
        is_same = before == schema.newest() and not changed
        done = Rebuilt() if is_same else reproject_all(session, now=utc_now())
    click.echo(
        f"The database is at version {schema.newest()}; {changed} catalogue rows changed, "
        f"{ladders} missing ladders added, {done.changed} watches moved."
    )


@command("demo")
@click.option("--today", type=Day(), help="The day the demonstration happens on; else today.")
@click.option("--if-empty", is_flag=True, help="Do nothing when somebody is there already.")
def demo(today: date | None, if_empty: bool) -> None:
    """Fill an empty database with the demonstration clinics."""
    from tracker.demo import fill, is_empty

    if current_app.config["TRACKER_ENV"] == "production":
        raise TrackerError(
            "Everybody knows the demonstration's password: there is none in production."
        )
    sessions = open_sessions()
    with sessions() as session:
        if not is_empty(session):
            if if_empty:
                return
            raise TrackerError(
                "The database isn't empty: the demonstration needs an empty one."
            )
        click.echo("Writing the demonstration down ...", err=True)
        patients = fill(session, today or utc_now().date(), live=_live(sessions))
    click.echo(f"The demonstration clinics are there, with {patients} patients.")


class _Nowhere:
    """Where the demonstration's month of messages goes."""

    def send(self, outgoing: Outgoing) -> str:
        return "demonstration: not sent to anybody"

    def close(self) -> None:
        pass


def _live(sessions: sessionmaker[Session]) -> Callable[[datetime], None]:
    """A tick and a delivery as they would have been, with messages that reach nobody."""
    from tracker import jobs
    from tracker.notify.render import Renderer

    nowhere = {channel: _Nowhere() for channel in Channel}
    outlets = jobs.Outlets(nowhere, Renderer(current_app.config["PUBLIC_URL"]))

    def live(now: datetime) -> None:
        jobs.tick(sessions, now=now, host="demonstration", channels=frozenset(nowhere))
        jobs.deliver(sessions, outlets, host="demonstration", now=now)

    return live
