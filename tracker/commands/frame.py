"""What all commands share: how they refuse, read a time, and reach the database."""

import getpass
import os
import secrets
import socket
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from tracker import schema
from tracker.clock import utc_now
from tracker.db import make_sessions
from tracker.domain.errors import TrackerError
from tracker.domain.trail import Actor
from tracker.logs import told
from tracker.services.trail import keep_trail

FIRST_YEAR, LAST_YEAR = 1900, 2200


class Spoken(click.Command):
    """A command whose refusals are sentences, not tracebacks."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except TrackerError as refused:
            raise click.ClickException(refused.message) from refused
        except (ArgumentError, DBAPIError) as problem:
            raise click.ClickException(
                f"The database can't be used: {told(problem)}"
            ) from problem


def command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Make a function a command of ours, within the app's context."""

    def make(function: Callable[..., None]) -> click.Command:
        return click.command(name, cls=Spoken)(with_appcontext(function))

    return make


class Instant(click.ParamType[datetime]):
    """An ISO 8601 instant with its zone; one without is refused, never guessed."""

    name = "instant"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time like 2026-12-01T08:00Z", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} names no zone; add Z or an offset such as +01:00", param, ctx)
        return instant


class Day(click.ParamType[date]):
    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> date:
        try:
            day = value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day like 2026-12-01", param, ctx)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail(f"{value!r} is not a day of our time", param, ctx)
        return day


now_option = click.option(
    "--now", type=Instant(), help="The moment to act at; else the present."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, nothing else.")


def database_url() -> str:
    return str(current_app.config["DATABASE_URL"])


def open_sessions(*, is_restoring: bool = False) -> sessionmaker[Session]:
    """The sessions of this app's database, once its version is known to fit.

    `is_restoring` is what a restore itself does before it has ended.
    """
    engine = current_app.extensions["tracker"].engine
    (schema.check_version if is_restoring else schema.check)(engine)
    sessions = make_sessions(engine)
    keep_trail(sessions, actor())
    return sessions


def actor() -> Callable[[], Actor]:
    """Who the trail names for what this command does; the moment is that of each commit."""
    context = click.get_current_context(silent=True)
    name = f"flask {_called(context)}" if context else "flask"
    place = f"{_account()} at {socket.gethostname()}"
    correlation = secrets.token_hex(8)
    return lambda: Actor(utc_now(), name, address=place, correlation=correlation)


def _called(context: click.Context) -> str:
    """The command as it was called, with the group it belongs to."""
    group = context.parent
    if group is None or group.parent is None:
        return context.info_name or ""
    return f"{group.info_name} {context.info_name}"


def _account() -> str:
    """The account of the machine that called us, and not the one it works as."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in a container
        return str(os.getuid())
