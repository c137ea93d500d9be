"""The watchdog: reads only, on this machine or another, and writes if nobody keeps the watch.

It is small and uses nothing of the program that it watches: the standard library, the driver of
the database and two questions. Call it from cron; `flask watchdog` is the same.
"""

import smtplib
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import sqlalchemy as sa

LAST_TICK = "SELECT ticked_at, has_passed FROM heartbeat ORDER BY id DESC LIMIT 1"
UNWATCHED = (
    "SELECT count(*) FROM pump WHERE pump.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM watch"
    " WHERE watch.pump_id = pump.id AND watch.kind = 'refill' AND watch.closed_at IS NULL)"
)
TIMEOUT = 20  # seconds

WHAT_TO_DO = (
    "Work from the printed emergency list, or the newest one in your mail. Tell whoever keeps "
    "the server: the scheduler must run again (flask serve, or flask scheduler)."
)


def alarms(url: str, *, stale_seconds: int, now: datetime) -> list[str]:
    """Why nobody may rely on the watch, in sentences; empty while it is kept."""
    try:
        with _opened(url) as connection:
            last = connection.execute(sa.text(LAST_TICK)).first()
            unwatched = connection.execute(sa.text(UNWATCHED)).scalar() or 0
    except Exception as problem:
        return [f"The database can't be read: {type(problem).__name__}."]
    found = _about_tick(last, stale_seconds, now)
    if unwatched:
        found.append(f"{unwatched} pumps have no open watch.")
    return found


def _about_tick(last: Any, stale_seconds: int, now: datetime) -> list[str]:
    if last is None:
        return ["The scheduler has never run."]
    age = int((now - _instant(last.ticked_at)).total_seconds())
    if age > stale_seconds:
        ago = f"{age} seconds" if age < 120 else f"{age // 60} minutes"
        return [f"The scheduler's last tick was {ago} ago."]
    if age < -stale_seconds:
        return ["The scheduler's last tick lies in the future: a clock is wrong."]
    return [] if last.has_passed else ["The last audit found a promise that is not kept."]


def _instant(value: datetime | str) -> datetime:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _opened(url: str) -> Any:
    """A connection that can't write: the file is opened read-only, or the transaction is."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        path = Path(address.database or "").resolve()
        address = sa.make_url(f"sqlite:///file:{path}?mode=ro&uri=true")
        return sa.create_engine(address, poolclass=sa.NullPool).connect()
    engine = sa.create_engine(
        address, poolclass=sa.NullPool, connect_args={"connect_timeout": TIMEOUT}
    )
    return engine.connect().execution_options(postgresql_readonly=True)


def tell(settings: Mapping[str, Any], reasons: list[str], *, now: datetime) -> bool:
    """Write to those who are named, at most once in the minutes set; whether it did."""
    stamp = Path(str(settings["LIST_FOLDER"])) / "watchdog-wrote"
    if _wrote_lately(stamp, int(settings["WATCHDOG_MINUTES"]), now=now):
        return False
    mail = EmailMessage()
    mail["From"], mail["To"] = settings["SMTP_FROM"], settings["WATCHDOG_TO"]
    mail["Subject"] = "Pump watch: nobody is watching"
    mail["Auto-Submitted"] = "auto-generated"
    said = "\n".join(f"- {reason}" for reason in reasons)
    mail.set_content(f"At {now:%d %b %Y, %H:%M} UTC:\n\n{said}\n\n{WHAT_TO_DO}\n")
    _send(settings, mail)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(now.isoformat())
    return True


def _wrote_lately(stamp: Path, minutes: int, *, now: datetime) -> bool:
    try:
        wrote_at = datetime.fromisoformat(stamp.read_text())
    except (OSError, ValueError):
        return False
    return 0 <= (now - wrote_at).total_seconds() < minutes * 60


def _send(settings: Mapping[str, Any], mail: EmailMessage) -> None:
    host, port = str(settings["SMTP_HOST"]), int(settings["SMTP_PORT"])
    if settings["SMTP_SECURITY"] == "tls":
        context = ssl.create_default_context()
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
    else:
        client = smtplib.SMTP(host, port, timeout=TIMEOUT)
    with client:
        if settings["SMTP_SECURITY"] == "starttls":
            client.starttls(context=ssl.create_default_context())
        if settings["SMTP_USER"]:
            client.login(str(settings["SMTP_USER"]), str(settings["SMTP_PASSWORD"]))
        client.send_message(mail)
