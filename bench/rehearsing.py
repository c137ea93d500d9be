"""What was rehearsed of the demonstration, and what was then sent: message by message.

python -m bench.rehearsing [DAYS] compares so many days; `make bench` sixty, on both databases.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from bench.databases import fresh_databases
from bench.timing import progress, report, seconds
from config import load
from tracker.app import create_app
from tracker.models import Clinic, Watch
from tracker.rehearsal.lines import lines
from tracker.services import day_reports, heartbeats

DAYS = 60
FROM = datetime(2026, 11, 26, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# A tick in which nothing is due does nothing but look whether the promises are kept. What an
# audit finds changes with the records, of which there are none meanwhile, and with the time at
# which something is due, at which it is ticked: a quarter of an hour finds it soon enough.
STRIDE = timedelta(minutes=15)
SHOWN = 6  # differences that are printed


def bench_rehearsal(database: str, fresh: Callable[[], str], days: int = DAYS) -> None:
    """Rehearse the demonstration, then tick through those days, and count what differs."""
    with tempfile.TemporaryDirectory() as folder:
        app = _app(fresh(), Path(folder))
        runner = app.test_cli_runner()
        _run(runner, "upgrade")
        _run(runner, "demo", "--today", FROM.date().isoformat())
        progress(f"{database}: rehearsing {days} days of the demonstration")
        sessions = app.extensions["tracker"].sessions
        with sessions() as session:
            newest = session.scalar(sa.select(sa.func.max(Watch.id))) or 0
        said: list[dict[str, Any]] = []
        words = ("rehearse", "--days", str(days), "--now", FROM.isoformat(), "--json")
        rehearsed = seconds(lambda: said.append(_run(runner, *words)))
        progress(f"{database}: ticking through them")
        until, ticks = FROM + timedelta(days=days), list[datetime]()
        ticked = seconds(lambda: ticks.extend(_tick_through(app, runner, until)))
        with sessions() as session:
            sent = lines(session, since=FROM, until=until)
        app.extensions["tracker"].engine.dispose()
    report(
        "rehearsed and then sent",
        database=database,
        days=days,
        ticks=len(ticks),
        seconds_rehearsed=rehearsed,
        seconds_ticked=ticked,
        **_compared(
            _renamed(said[0]["messages"], newest),
            _renamed([one.as_json() for one in sent if one.is_sent], newest),
        ),
    )


def _app(url: str, folder: Path) -> Flask:
    environ = {
        "DATABASE_URL": url,
        "SECRET_KEY": "bench",
        "PASSWORD_COST": "1",
        "LIST_FOLDER": str(folder / "lists"),
    }
    return create_app(load(environ, instance=folder / "instance"))


def _run(runner: FlaskCliRunner, *words: str) -> dict[str, Any]:
    """A command as somebody gives it; what it says as JSON, if it says any."""
    done = runner.invoke(args=list(words))
    if done.exit_code:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}") from done.exception
    found: dict[str, Any] = json.loads(done.stdout) if "--json" in words else {}
    return found


def _tick_through(app: Flask, runner: FlaskCliRunner, until: datetime) -> list[datetime]:
    """At each minute at which anything is due, and at least as often as the stride says."""
    sessions, at, ticks = app.extensions["tracker"].sessions, FROM, []
    while at <= until:
        _run(runner, "reports", "--now", at.isoformat())
        _run(runner, "tick", "--now", at.isoformat(), "--json")
        _run(runner, "deliver", "--now", at.isoformat(), "--json")
        ticks.append(at)
        with sessions() as session:
            at = _next(session, at)
    return ticks


def _next(session: Session, last: datetime) -> datetime:
    """The first whole minute after `last` at which something waits to be done."""
    waiting = heartbeats.look(session).dues()
    reports_at = day_reports.next_reports_at(session, now=last)
    waiting += [reports_at] if reports_at is not None else []
    for clinic in session.scalars(sa.select(Clinic)):
        local = last.astimezone(clinic.zone)
        for day in (local.date(), local.date() + timedelta(days=1)):
            at = datetime.combine(day, clinic.list_at, tzinfo=clinic.zone).astimezone(UTC)
            waiting += [at] if at > last else []
    due = min([*waiting, last + STRIDE])
    return last + max(1, -((last - due) // MINUTE)) * MINUTE


def _renamed(found: list[dict[str, Any]], newest: int) -> list[dict[str, Any]]:
    """With names for the watches that were opened meanwhile: of what each is the how-many-th.

    PostgreSQL gives numbers away that are then not used, so a copy can't foresee them.
    """
    names: dict[int, str] = {}
    counts: Counter[tuple[Any, ...]] = Counter()
    for one in found:
        number, of = one["watch_id"], (str(one["kind"]), one["clinic"], one["pump_id"])
        if number > newest and number not in names:
            counts[of] += 1
            names[number] = "/".join(map(str, (*of, counts[of])))
        name = names.get(number, str(number))
        one["key"] = ":".join((name, *one["key"].split(":")[1:]))
        one["watch_id"] = name
    return found


def _compared(said: list[dict[str, Any]], sent: list[dict[str, Any]]) -> dict[str, Any]:
    """How many are the same to the letter, and what the others are."""
    ours, theirs = ({one["key"]: one for one in found} for found in (said, sent))
    both = ours.keys() & theirs.keys()
    other_time = [key for key in both if ours[key]["at"] != theirs[key]["at"]]
    other_words = [key for key in both if ours[key] != theirs[key] and key not in other_time]
    for name, found in (
        ("only rehearsed", [ours[key] for key in ours.keys() - both]),
        ("only sent", [theirs[key] for key in theirs.keys() - both]),
        ("other time, rehearsed", [ours[key] for key in other_time]),
        ("other time, sent", [theirs[key] for key in other_time]),
        ("other words, rehearsed", [ours[key] for key in other_words]),
        ("other words, sent", [theirs[key] for key in other_words]),
    ):
        for one in sorted(found, key=lambda one: (one["at"], one["key"]))[:SHOWN]:
            progress(f"  {name}: {json.dumps(one)}")
    return {
        "same": len(both) - len(other_time) - len(other_words),
        "only_rehearsed": len(ours.keys() - both),
        "only_sent": len(theirs.keys() - both),
        "other_time": len(other_time),
        "other_words": len(other_words),
        "bound_different": 0,
    }


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else DAYS
    databases = sys.argv[2:] or ["sqlite", "postgresql"]
    with fresh_databases() as fresh:
        for database in databases:
            bench_rehearsal(database, partial(fresh, database), days)


if __name__ == "__main__":
    main()
