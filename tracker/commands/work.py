"""The program's work as commands: project, tick, deliver, and the two that go on for ever."""

import json
import socket
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from tracker.clock import utc_now
from tracker.commands.frame import command, json_option, now_option, open_sessions
from tracker.domain.errors import TrackerError
from tracker.models import Staff


@command("project")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def project(file: Path, as_json: bool) -> None:
    """Work out the cases of a scenario file; touches no database."""
    from tracker.interop.scenarios import answer, read

    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise TrackerError(f"{file} is not UTF-8 text: {problem.reason}.") from problem
    answers = answer(read(text))
    click.echo(json.dumps(answers, indent=None if as_json else 2, ensure_ascii=False))


@command("tick")
@now_option
@json_option
def tick(now: datetime | None, as_json: bool) -> None:
    """One tick: climb the watches that are due and audit the promises."""
    from tracker import jobs

    report = jobs.tick(open_sessions(), now=now or utc_now(), host=socket.gethostname())
    _report("tick", report.as_json(), as_json=as_json)
    if report.faults:
        raise TrackerError("The tick failed in part: " + "; ".join(report.faults))


@command("deliver")
@now_option
@json_option
def deliver(now: datetime | None, as_json: bool) -> None:
    """Send what is due."""
    from tracker import jobs

    report = jobs.deliver(
        open_sessions(),
        jobs.channels(current_app.config),
        now=now or utc_now(),
        host=socket.gethostname(),
    )
    _report("deliver", report.as_json(), as_json=as_json)


def _report(what: str, facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    counts = [
        f"{value} {name.replace('_', ' ')}"
        for name, value in facts.items()
        if isinstance(value, int)
    ]
    click.echo(f"{what}: {', '.join(counts)}")


@command("scheduler")
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def scheduler(until_stdin_closes: bool) -> None:
    """Tick and deliver, again and again, until it is ended."""
    from tracker import jobs
    from tracker.serve import end_when_stdin_closes

    if until_stdin_closes:
        end_when_stdin_closes()
    jobs.run_timer(open_sessions(), current_app.config)


@command("serve")
def serve() -> None:
    """The web server with its scheduler, as `make run` starts it."""
    from tracker import serve as house

    sessions = open_sessions()
    house.serve(
        current_app._get_current_object(),  # type: ignore[attr-defined]
        announce=lambda address: _announce(address, sessions),
    )


def _announce(address: str, sessions: sessionmaker[Session]) -> None:
    click.echo(f"The pump watch is at {address} (Ctrl-C ends it).")
    from tracker.demo import LOGINS

    with sessions() as session:
        emails = [login.email for login in LOGINS]
        if not session.scalar(sa.select(sa.exists().where(Staff.email.in_(emails)))):
            return
    click.echo("Demonstration logins:")
    for login in LOGINS:
        click.echo(f"  {login.email:32} {login.password:20} {login.who}")
