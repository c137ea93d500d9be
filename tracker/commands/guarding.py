"""The commands that look whether the watch is kept: check, and the watchdog for cron."""

import json
import shutil
import smtplib
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from tracker import schema
from tracker.clock import utc_now
from tracker.commands.frame import command, database_url, json_option, now_option, open_sessions
from tracker.domain.errors import TrackerError
from tracker.models import Clinic
from tracker.outward.places import is_loopback
from tracker.services import audits, backups, heartbeats, trail
from tracker.services.breaches import Breach
from tracker.services.health import problems
from tracker.services.resealing import lost

LITTLE_SPACE = 200 * 1024 * 1024  # bytes; ours: enough for weeks of records and lists


@command("check")
@json_option
def check(as_json: bool) -> None:
    """Settings, database, channels, the last tick and the promises; exit 1 if any is broken."""
    from tracker.domain.catalogue import load

    config, now = current_app.config, utc_now()
    load()
    with open_sessions()() as session:
        found = problems(
            session,
            stale_seconds=config["SCHEDULER_STALE_SECONDS"],
            pings=bool(config["PING_URL"]),
            now=now,
        )
        last, printed = heartbeats.newest(session), trail.head(session)
        breaches = _breaches(session, now)
        warnings = [*_about_ping(config), *_about_lines(config), *_about_plans(session)]
        old = _about_backups(session, config, now)
        unreadable = lost(session)
        session.rollback()  # an audit only asks
    found += [f"Promise {one.promise}: {one.sentence} ({one.ref})" for one in breaches]
    (found if config["BACKUP_FOLDER"] else warnings).extend(old)
    found += [*_about_keys(unreadable), *_about_mail(config)]
    found += [*_about_hospital(now), *_about_disk(config)]
    if config["CHANNEL_EMAIL"] != "smtp":
        (found if config["TRACKER_ENV"] == "production" else warnings).append(
            "E-mails are printed, not sent: nobody is told anything."
        )
    facts = {
        "ok": not found,
        "environment": config["TRACKER_ENV"],
        "database": make_url(database_url()).render_as_string(hide_password=True),
        "version": schema.newest(),
        "email": config["CHANNEL_EMAIL"],
        "sms": config["CHANNEL_SMS"],
        "trail": printed.short,
        "last_tick": last and last.ticked_at.isoformat(),
        "problems": found,
        "warnings": warnings,
    }
    _print(facts, as_json=as_json)
    if found:
        raise TrackerError(" ".join(found))


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        if isinstance(value, list):
            click.echo(f"{name}: {'none' if not value else ''}")
            for one in value:
                click.echo(f"  - {one}")
        else:
            click.echo(f"{name}: {value}")


def _breaches(session: Session, now: datetime) -> list[Breach]:
    """The five promises as the tick audits them, by a look that writes nothing."""
    look, last = heartbeats.look(session), heartbeats.newest(session)
    return audits.audit(session, look, last, now=now)


def _about_keys(unreadable: int) -> list[str]:
    if not unreadable:
        return []
    return [f"{unreadable} contacts are sealed with a key that is not in SEALING_KEYS."]


def _about_ping(config: Any) -> list[str]:
    if config["PING_URL"]:
        return []
    return ["Nobody outside is told that the watch is kept: PING_URL is not set."]


def _about_lines(config: Any) -> list[str]:
    """What crosses the network for all to read, though somebody may have meant it so."""
    found = []
    is_open = config["SMTP_SECURITY"] in ("none", "plain")
    is_sent = config["CHANNEL_EMAIL"] == "smtp" and not is_loopback(str(config["SMTP_HOST"]))
    if is_sent and is_open:
        found.append(
            "E-mails, which name patients, go to the mail server unprotected: "
            f"SMTP_SECURITY is {config['SMTP_SECURITY']}."
        )
    gateway = urlsplit(str(config["SMS_GATEWAY_URL"]))
    is_open = gateway.scheme == "http" and not is_loopback(gateway.hostname or "")
    if config["CHANNEL_SMS"] == "gateway" and is_open:
        found.append(
            "Texts and the gateway's password go to it unprotected: SMS_GATEWAY_URL begins "
            "with http://."
        )
    return found


def _about_backups(session: Session, config: Any, now: datetime) -> list[str]:
    if not config["BACKUP_FOLDER"]:
        return ["No backup is made by itself: BACKUP_FOLDER is not set."]
    why = backups.stale(session, hours=config["BACKUP_STALE_HOURS"], now=now)
    return [why] if why else []


def _about_plans(session: Session) -> list[str]:
    own = (
        Clinic.emergency_plan_critical,
        Clinic.emergency_plan_high,
        Clinic.emergency_plan_low,
    )
    lacks = sa.or_(*(one == "" for one in own))
    asked = sa.select(Clinic.name).where(Clinic.emergency_plan == "", lacks)
    asked = asked.order_by(Clinic.name)
    return [f"{name} has no emergency plan on its list." for name in session.scalars(asked)]


def _about_mail(config: Any) -> list[str]:
    """Whether the mail server answers and takes the login; nothing is sent."""
    if config["CHANNEL_EMAIL"] != "smtp":
        return []
    from tracker.jobs.outlets import mail_server
    from tracker.notify.email import EmailChannel

    channel = EmailChannel(mail_server(config))
    try:
        channel.greet()
    except (TrackerError, OSError, smtplib.SMTPException) as problem:
        return [f"The mail server can't be used: {problem}"]
    finally:
        channel.close()
    return []


def _about_hospital(now: datetime) -> list[str]:
    """Whether the hospital's sign-in answers as the settings say."""
    from tracker.openid.provider import OutOfReach, an_attempt

    provider = current_app.extensions.get("openid")
    if provider is None:
        return []
    try:
        provider.address(an_attempt(proved_since=None), now=now)
    except OutOfReach as silent:
        return [f"The hospital's sign-in can't be used: {silent.message}"]
    return []


def _about_disk(config: Any) -> list[str]:
    folder = Path(str(config["LIST_FOLDER"]))
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free > LITTLE_SPACE:
        return []
    return [f"Only {free // 1024 // 1024} MB are free where the lists are written."]


@command("watchdog")
@now_option
def watchdog(now: datetime | None) -> None:
    """For cron: writes to WATCHDOG_TO if nobody keeps the watch; exit 1 then. Reads only."""
    from tracker.watchdog import bark

    reasons = bark(current_app.config, now=now or utc_now())
    if reasons:
        raise TrackerError(" ".join(reasons))
