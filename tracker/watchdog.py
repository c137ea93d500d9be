"""The watchdog: reads only, on this machine or another, and writes if nobody keeps the watch.

It uses nothing of the program that it watches but its clock, so that it also works when that
can't start: the standard library, and for PostgreSQL SQLAlchemy with the driver, by which an
address means the same as to the program. Call it from cron, as
`python -m tracker.watchdog` or `flask watchdog`. While the watch is kept it says nothing.
"""

import os
import smtplib
import sqlite3
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tracker.clock import utc_now

ROOT = Path(__file__).parents[1]
LAST_TICK = "SELECT ticked_at, has_passed FROM heartbeat ORDER BY id DESC LIMIT 1"
UNWATCHED = (
    "SELECT count(*) FROM pump WHERE pump.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM watch"
    " WHERE watch.pump_id = pump.id AND watch.kind = 'refill' AND watch.closed_at IS NULL)"
)
TIMEOUT = 20  # seconds
SQLITE = ("sqlite:///", "sqlite+pysqlite:///")

# The settings that it knows, with their defaults; `config.py` says what each means.
SETTINGS = {
    "DATABASE_URL": f"sqlite:///{ROOT / 'instance' / 'tracker.db'}",
    "SCHEDULER_STALE_SECONDS": "180",
    "LIST_FOLDER": str(ROOT / "instance" / "lists"),
    "WATCHDOG_TO": "",
    "WATCHDOG_MINUTES": "30",
    "SMTP_HOST": "localhost",
    "SMTP_PORT": "25",
    "SMTP_SECURITY": "none",
    "SMTP_USER": "",
    "SMTP_PASSWORD": "",  # nosec B105 - none
    "SMTP_FROM": "",
    "TLS_CERTIFICATES": "",
}

NUMBERS = ("SCHEDULER_STALE_SECONDS", "WATCHDOG_MINUTES", "SMTP_PORT")

WHAT_TO_DO = (
    "Work from the printed emergency list, or the newest one in your mail, until this is "
    "mended.\nTell whoever keeps the server: the scheduler must run (flask serve, or flask "
    "scheduler);\n`flask check` there says what is wrong."
)


def alarms(url: str, *, stale_seconds: int, now: datetime) -> list[str]:
    """Why nobody may rely on the watch, in sentences; empty while it is kept."""
    try:
        last, unwatched = _asked(url)
    except Exception as problem:
        return [f"The database can't be read: {type(problem).__name__}."]
    found = _about_tick(last, stale_seconds, now)
    if unwatched:
        found.append(f"{unwatched} pumps have no open watch.")
    return found


def _about_tick(last: Any, stale_seconds: int, now: datetime) -> list[str]:
    if last is None:
        return ["The scheduler has never run."]
    ticked_at, has_passed = last
    age = int((now - _instant(ticked_at)).total_seconds())
    if age > stale_seconds:
        ago = f"{age} seconds" if age < 120 else f"{age // 60} minutes"
        return [f"The scheduler's last tick was {ago} ago."]
    if age < -stale_seconds:
        return ["The scheduler's last tick lies in the future: a clock is wrong."]
    return [] if has_passed else ["The last audit found a promise that is not kept."]


def _instant(value: datetime | str) -> datetime:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _asked(url: str) -> tuple[Any, int]:
    """The last tick, and how many pumps are unwatched, by connections that can't write."""
    with _of_file(url) if url.startswith(SQLITE) else _of_server(url) as connection:
        last = connection.execute(LAST_TICK).fetchone()
        return last, int(connection.execute(UNWATCHED).fetchone()[0])


@contextmanager
def _of_file(url: str) -> Iterator[Any]:
    path = Path(url.partition(":///")[2].partition("?")[0]).resolve()
    address = f"file:{quote(str(path))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=TIMEOUT)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _of_server(url: str) -> Iterator[Any]:
    """By the address as the program writes it; one that hangs is given up."""
    import sqlalchemy as sa

    limits = f"-c default_transaction_read_only=on -c statement_timeout={TIMEOUT}s"
    engine = sa.create_engine(
        url,
        poolclass=sa.NullPool,
        connect_args={"connect_timeout": TIMEOUT, "options": limits},
    )
    connection = engine.raw_connection()
    try:
        yield connection.cursor()
    finally:
        connection.close()


def tell(settings: Mapping[str, Any], reasons: list[str], *, now: datetime) -> bool:
    """Write to those who are named, at most once in the minutes set; whether it did."""
    stamp = Path(str(settings["LIST_FOLDER"])) / "watchdog-wrote"
    if _wrote_lately(stamp, int(settings["WATCHDOG_MINUTES"]), now=now):
        return False
    mail = EmailMessage()
    mail["From"] = settings["SMTP_FROM"] or "pump-watchdog@localhost"
    mail["To"] = settings["WATCHDOG_TO"]
    mail["Subject"] = "Pump watch: don't rely on it now"
    mail["Auto-Submitted"] = "auto-generated"
    said = "\n".join(f"- {reason}" for reason in reasons)
    mail.set_content(f"At {now:%d %b %Y, %H:%M} UTC:\n\n{said}\n\n{WHAT_TO_DO}\n")
    _send(settings, mail)
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(now.isoformat())
    except OSError as problem:  # then it writes again next time, which is the lesser evil
        print(f"The watchdog can't note that it wrote: {problem}", file=sys.stderr)
    return True


def _wrote_lately(stamp: Path, minutes: int, *, now: datetime) -> bool:
    try:
        wrote_at = _instant(stamp.read_text())
    except (OSError, ValueError):
        return False
    return 0 <= (now - wrote_at).total_seconds() < minutes * 60


def _send(settings: Mapping[str, Any], mail: EmailMessage) -> None:
    host, port = str(settings["SMTP_HOST"]), int(settings["SMTP_PORT"])
    context = ssl.create_default_context()
    if settings["TLS_CERTIFICATES"]:
        context.load_verify_locations(str(settings["TLS_CERTIFICATES"]))
    if settings["SMTP_SECURITY"] == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=context)
    else:
        client = smtplib.SMTP(host, port, timeout=TIMEOUT)
    with client:
        if settings["SMTP_SECURITY"] == "starttls":
            client.starttls(context=context)
        if settings["SMTP_USER"]:
            client.login(str(settings["SMTP_USER"]), str(settings["SMTP_PASSWORD"]))
        client.send_message(mail)


def bark(settings: Mapping[str, Any], *, now: datetime) -> list[str]:
    """Look, and write if there is a reason; all reasons, and why nobody could be told."""
    stale = int(settings["SCHEDULER_STALE_SECONDS"])
    reasons = alarms(str(settings["DATABASE_URL"]), stale_seconds=stale, now=now)
    if not reasons:
        return []
    if not settings["WATCHDOG_TO"]:
        return [*reasons, "Nobody is told: WATCHDOG_TO is not set."]
    try:
        tell(settings, reasons, now=now)
    except Exception as problem:  # whatever it is, the reasons are still said
        return [*reasons, f"Nobody could be told by e-mail: {problem}."]
    return reasons


def read_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Its settings from the environment, as `config.py` reads them: `NAME`, or `NAME_FILE`.

    Where the program would refuse a number, the default holds: it must look and write all the
    same, the more so as the program then doesn't start.
    """
    found = {name: _setting(name, environ) or default for name, default in SETTINGS.items()}
    unread = {name: SETTINGS[name] for name in NUMBERS if not found[name].isdecimal()}
    return found | unread


def _setting(name: str, environ: Mapping[str, str]) -> str:
    path = environ.get(f"{name}_FILE", "")
    try:
        kept = Path(path).read_text(encoding="utf-8") if path else ""
    except OSError:
        kept = ""  # it must look and write all the same
    return environ.get(name, "").strip() or kept.strip()


def main() -> None:
    """Exit 0 and say nothing while the watch is kept; else 1, with the reasons."""
    reasons = bark(read_settings(os.environ), now=utc_now())
    if reasons:
        sys.exit(" ".join(reasons))


if __name__ == "__main__":
    main()
