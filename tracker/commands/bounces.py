"""Reports of mail servers on our e-mails: one piped in, or those of a mailbox."""

import json
import sys
from collections import Counter
from datetime import datetime
from typing import BinaryIO

import click
from flask import current_app
from sqlalchemy.exc import DBAPIError

from tracker.clock import utc_now
from tracker.commands.frame import command, json_option, now_option, open_sessions
from tracker.domain.errors import TrackerError
from tracker.jobs.mailbox import read_mailbox, take_in
from tracker.logs import told
from tracker.services import bounces as service

LARGEST = 1024 * 1024  # bytes; a report is a few thousand
# EX_TEMPFAIL of sysexits.h: the mail server that pipes a report in keeps it and comes again.
# Any other failure it would answer with a report of its own.
COME_AGAIN = 75


@command("bounces")
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--mailbox", is_flag=True, help="Read what is new in the mailbox of the settings."
)
@now_option
@json_option
def bounces(file: BinaryIO, mailbox: bool, now: datetime | None, as_json: bool) -> None:
    """Take in reports on e-mails that could not be delivered."""
    at = now or utc_now()
    if mailbox:
        counts = read_mailbox(open_sessions(), current_app.config, now=at)
    else:
        counts = _piped_in(file.read(LARGEST), at)
    facts = {
        name: counts[name]
        for name in ("read", "reports", *(one.value for one in service.Heard))
    }
    if as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo("bounces: " + ", ".join(f"{value} {name}" for name, value in facts.items()))


def _piped_in(raw: bytes, now: datetime) -> Counter[str]:
    try:
        return Counter(read=1) + take_in(open_sessions(), raw, now)
    except (DBAPIError, TrackerError) as problem:
        why = problem.message if isinstance(problem, TrackerError) else told(problem)
        click.echo(f"Not taken in, to be brought again: {why}", err=True)
        sys.exit(COME_AGAIN)
