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
from tracker.logs import told
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
    """One tick: what the morning brings, the watches that are due, and the promises."""
    from tracker import jobs

    sessions, outlets = open_sessions(), jobs.channels(current_app.config)
    at, ways = now or utc_now(), frozenset(outlets.senders)
    outlets.close()
    unmade = [*_make_lists(sessions, at), *_open_reports(sessions, at)]
    report = jobs.tick(sessions, now=at, host=socket.gethostname(), channels=ways)
    if now is None:  # a moment that somebody names is no proof of life
        url, certificates = (
            str(current_app.config[name]) for name in ("PING_URL", "TLS_CERTIFICATES")
        )
        jobs.ping(sessions, url, report, certificates=certificates, now=at)
    report.faults += unmade
    _report("tick", report.as_json(), as_json=as_json)


def _make_lists(sessions: sessionmaker[Session], at: datetime) -> list[str]:
    """Make what is due of them; why it could not be done, which must not stop the tick."""
    from tracker import jobs

    try:
        jobs.make_lists(sessions, str(current_app.config["LIST_FOLDER"]), now=at)
    except Exception as problem:
        return [f"emergency list: {told(problem)}"]
    return []


def _open_reports(sessions: sessionmaker[Session], at: datetime) -> list[str]:
    """Begin the reports whose hour has come; why it could not be done, as for the lists."""
    from tracker.services.day_reports import open_reports

    try:
        with sessions.begin() as session:
            open_reports(session, now=at)
    except Exception as problem:
        return [f"reports: {told(problem)}"]
    return []


@command("deliver")
@now_option
@json_option
def deliver(now: datetime | None, as_json: bool) -> None:
    """Send what is due."""
    from tracker import jobs

    sessions, outlets = open_sessions(), jobs.channels(current_app.config)
    try:
        at = now or utc_now()
        report = jobs.deliver(sessions, outlets, host=socket.gethostname(), now=at)
        report.faults += jobs.tell_of_accounts(sessions, outlets, now=at).faults
    finally:
        outlets.close()
    _report("deliver", report.as_json(), as_json=as_json)


@command("webhooks")
@now_option
@json_option
def webhooks(now: datetime | None, as_json: bool) -> None:
    """Call the webhooks that have something to be told."""
    from tracker import jobs

    certificates = str(current_app.config["TLS_CERTIFICATES"])
    report = jobs.call_webhooks(
        open_sessions(), certificates=certificates, now=now or utc_now()
    )
    _report("webhooks", report.as_json(), as_json=as_json)


def _report(what: str, facts: dict[str, Any], *, as_json: bool) -> None:
    """Say what was done; exit 1 if a part of it failed, for cron to see."""
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        counts = [f"{value} {name}" for name, value in facts.items() if isinstance(value, int)]
        click.echo(f"{what}: {', '.join(counts)}")
    if facts.get("faults"):
        raise TrackerError(f"The {what} failed in part: " + "; ".join(facts["faults"]))


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
    """The address, and the demonstration's logins if its people are there."""
    from tracker.demo import LOGINS, PASSWORD

    click.echo(f"The pump watch is at {address} (Ctrl-C ends it).")
    emails = [login.email for login in LOGINS]
    with sessions() as session:
        if not session.scalar(sa.select(sa.exists().where(Staff.email.in_(emails)))):
            return
    click.echo(f"Demonstration logins, all with the password {PASSWORD}:")
    for login in LOGINS:
        clinics = ", ".join(f"{role} at {clinic}" for clinic, role in login.clinics)
        click.echo(f"  {login.email:28} {login.name}, {clinics}")
