"""Reports of mail servers on our e-mails: one piped in, or those of a mailbox."""

import json
import sys
from collections import Counter
from datetime import datetime
from typing import BinaryIO

import click
from flask import current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from tracker.clock import utc_now
from tracker.commands.frame import command, json_option, now_option, open_sessions
from tracker.domain.errors import TrackerError
from tracker.interop.dsn import bounces_in
from tracker.notify.mailbox import Mailbox, OpenMailbox
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
        counts = _from_mailbox(open_sessions(), at)
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
        click.echo(f"Not taken in, to be brought again: {problem}", err=True)
        sys.exit(COME_AGAIN)


def _from_mailbox(sessions: sessionmaker[Session], now: datetime) -> Counter[str]:
    """Each report is marked as read once it is kept; whatever else is there stays unread."""
    settings = current_app.config
    if not settings["BOUNCE_IMAP_HOST"]:
        raise TrackerError("BOUNCE_IMAP_HOST is not set: there is no mailbox to read.")
    names = ("HOST", "PORT", "USER", "PASSWORD", "FOLDER", "CERTIFICATES")
    facts = {name.lower(): settings[f"BOUNCE_IMAP_{name}"] for name in names}
    facts["certificates"] = facts["certificates"] or settings["TLS_CERTIFICATES"]
    box = OpenMailbox(Mailbox(**facts))
    counts: Counter[str] = Counter()
    try:
        for uid, raw in box.unread():
            found = take_in(sessions, raw, now)
            counts += Counter(read=1) + found
            if found["reports"]:
                box.mark_read(uid)
    finally:
        box.close()
    return counts


def take_in(sessions: sessionmaker[Session], raw: bytes, now: datetime) -> Counter[str]:
    """Keep the reports of one e-mail, all or none; how many there were of which kind."""
    found = bounces_in(raw)
    with sessions.begin() as session:
        heard = [service.receive(session, one, now=now) for one in found]
    return Counter(reports=len(found)) + Counter(one.value for one in heard)
