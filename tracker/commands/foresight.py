"""The rehearsal as a command: what would be sent, or would have been."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy.orm import Session, sessionmaker

from tracker.clock import utc_now
from tracker.commands.frame import Instant, command, json_option, now_option, open_sessions
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.escalation import Ladder, ladder_from, validate
from tracker.domain.risk import RiskClass

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@command("rehearse")
@click.option("--pump", type=int, help="One pump, by its number.")
@click.option("--clinic", help="The name of one clinic; else all.")
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@click.option(
    "--every",
    type=click.IntRange(1, 1440),
    default=1,
    show_default=True,
    help="How many minutes lie between two ticks; `flask serve` ticks each minute.",
)
@now_option
@click.option("--policy", type=EXISTING, help="Ladders to climb instead, as JSON.")
@click.option("--replay", "is_replay", is_flag=True, help="Tell a stretch of the past again.")
@click.option("--from", "since", type=Instant(), help="With --replay: where it begins.")
@click.option("--until", type=Instant(), help="With --replay: where it ends; else now.")
@json_option
def rehearse(
    pump: int | None,
    clinic: str | None,
    days: int,
    every: int,
    now: datetime | None,
    policy: Path | None,
    is_replay: bool,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """What would be sent, to whom and when; sends nothing and writes nothing."""
    from tracker import jobs, rehearsal

    if is_replay != (since is not None) or (until is not None and not is_replay):
        raise click.UsageError("--replay goes with --from, and --until with both.")
    sessions, outlets = open_sessions(), jobs.channels(current_app.config)
    scope: dict[str, Any] = _scope(sessions, pump, clinic)
    scope["policies"] = _ladders(policy) if policy else None
    done: rehearsal.Rehearsed | rehearsal.Replayed
    if since is not None:
        end = until or now or utc_now()
        done = rehearsal.replay(sessions, outlets, since=since, until=end, **scope)
        would = done.would
    else:
        scope |= {"days": days, "every": timedelta(minutes=every)}
        would = done = rehearsal.rehearse(sessions, outlets, now=now or utc_now(), **scope)
    click.echo(json.dumps(done.as_json(), ensure_ascii=False) if as_json else _said(would))
    if isinstance(done, rehearsal.Replayed) and not as_json:
        click.echo(_compared(done))
    if would.faults:
        raise TrackerError("The rehearsal failed in part: " + "; ".join(would.faults))


def _scope(
    sessions: sessionmaker[Session], pump: int | None, clinic: str | None
) -> dict[str, Any]:
    from tracker.models import Pump
    from tracker.services.staff import clinic_by_name

    with sessions() as session:
        clinic_id = clinic_by_name(session, clinic).id if clinic is not None else None
        if pump is None:
            return {"clinic_id": clinic_id, "pump_ids": None}
        found = session.get(Pump, pump) if 0 < pump < 2**31 else None
        if found is None or clinic_id not in (None, found.clinic_id):
            raise TrackerError(f"There is no pump {pump}{f' in {clinic}' if clinic else ''}.")
        return {"clinic_id": found.clinic_id, "pump_ids": (found.id,)}


def _ladders(file: Path) -> dict[tuple[WatchKind, RiskClass], Ladder]:
    """The ladders in a file: one, or a list of them, each with its kind and risk class."""
    try:
        read = json.loads(file.read_text(encoding="utf-8-sig"))
        found = {}
        for one in read if isinstance(read, list) else [read]:
            kind, ladder = WatchKind(one["kind"]), ladder_from(one["steps"])
            validate(ladder, kind)
            found[kind, RiskClass(one["risk_class"])] = ladder
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise TrackerError(
            f"{file} holds no policy that can be climbed: {problem}"
        ) from problem
    return found


def _said(would: Any) -> str:
    span = f"from {would.since:%d %b %Y, %H:%M} to {would.until:%d %b %Y, %H:%M} UTC"
    if not would.lines:
        return f"Nothing would be sent {span}."
    rows = [
        f"{line.at:%d %b %Y, %H:%M}  {line.to} ({line.role}, {line.channel})  "
        f"{line.patient or line.clinic}: {line.step_name}"
        + ("" if line.is_sent else f" - not sent: {line.why or line.state}")
        for line in would.lines
    ]
    counts = f"{len(would.messages)} would be sent and {len(would.skipped)} would not"
    return "\n".join([*rows, f"{counts}, {span}."])


def _compared(done: Any) -> str:
    rows = [
        f"pump {one.pump_id}, {one.on:%d %b %Y}: {one.would} would be sent, {one.was} were"
        for one in done.differences
    ]
    return "\n".join([*rows, f"{len(done.sent)} were really sent in that time."])
