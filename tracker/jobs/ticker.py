"""One tick: release holds, climb, sweep, audit, and the heartbeat whatever happened."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError

from tracker.db import reading
from tracker.domain.message import Channel
from tracker.jobs.sessions import Sessions
from tracker.logs import told
from tracker.services import (
    audits,
    climbing,
    clocks,
    deliveries,
    heartbeats,
    pump_dues,
    reviews,
    supply_looks,
    sweeping,
    undelivered,
)
from tracker.services.breaches import Breach
from tracker.services.pump_dues import PUMP_DUES, REVIEW, SUPPLY, PumpDue
from tracker.services.rosters import EMAIL_ONLY

SEEN_TO = {REVIEW: reviews.ask, SUPPLY: supply_looks.look_again}
Result = TypeVar("Result")


@dataclass(slots=True)
class TickReport:
    """What one tick did. `faults` names each phase that failed and each watch set aside."""

    planned: int = 0
    skipped: int = 0
    released: int = 0
    swept: int = 0
    audit: list[Breach] = field(default_factory=list)
    oldest_due_seconds: int = 0
    faults: list[str] = field(default_factory=list)
    has_passed: bool = False  # the audit ran, found nothing, and no part failed
    heartbeat_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


Phase = Callable[[Sessions, TickReport, datetime], None]


def tick(
    sessions: Sessions, *, now: datetime, host: str, channels: frozenset[Channel] = EMAIL_ONLY
) -> TickReport:
    """One tick at `now`; each phase has its own transaction, and none can stop the next.

    Messages are planned for `channels`, the ways of sending that are set up.
    One look by index says which phases have anything to do: with nothing due a tick costs the
    same however many pumps are watched.
    """
    report = TickReport()
    look = _guarded(report, "look", lambda: _look(sessions, report, now))
    was_busy = look is None
    if look and clocks.was_ahead(look.ticked_at, now=now):
        _guarded(report, "clock", lambda: _bring_back(sessions, now))
        look = _guarded(report, "look", lambda: _look(sessions, report, now)) or look
    for name, due_at, phase in _phases(look, channels):
        if look is None or (due_at is not None and due_at <= now):
            was_busy = True
            _guarded(report, name, partial(phase, sessions, report, now))
    seen = None if was_busy else look
    _guarded(report, "audit", lambda: _audit(channels, sessions, report, seen, now))
    _guarded(report, "heartbeat", lambda: _beat(sessions, report, now, host))
    return report


def _phases(
    look: heartbeats.Look | None, channels: frozenset[Channel]
) -> list[tuple[str, datetime | None, Phase]]:
    """What a tick does, in its order, and from when on each of it waits."""
    return [
        ("release", look.held_at if look else None, _release),
        *(
            (due.name, look.pumps_at[due] if look else None, partial(_see_to, due))
            for due in PUMP_DUES
        ),
        ("climb", look.watch_at if look else None, partial(_climb, channels)),
        ("sweep", look.lease_at if look else None, _sweep),
    ]


def _guarded(report: TickReport, name: str, phase: Callable[[], Result]) -> Result | None:
    """What the phase gives; where it fails, None, and the fault is named."""
    try:
        return phase()
    except Exception as problem:
        report.faults.append(f"{name}: {told(problem)}")
        return None


def _look(sessions: Sessions, report: TickReport, now: datetime) -> heartbeats.Look:
    with reading(sessions) as session:
        look = heartbeats.look(session)
    report.oldest_due_seconds = look.oldest_due_seconds(now=now)
    return look


def _bring_back(sessions: Sessions, now: datetime) -> None:
    with sessions.begin() as session:
        clocks.bring_back(session, now=now)


def _release(sessions: Sessions, report: TickReport, now: datetime) -> None:
    with sessions.begin() as session:
        report.released = deliveries.release_holds(session, now=now)


def _see_to(due: PumpDue, sessions: Sessions, report: TickReport, now: datetime) -> None:
    """Each pump by itself: one that can't be seen to is named, and stops no other."""
    last = 0
    while True:
        with reading(sessions) as session:
            ids = pump_dues.due_pumps(session, due, after=last, now=now)
        for last in ids:
            try:
                with sessions.begin() as session:
                    pump = pump_dues.taken(session, due, last, now=now)
                    if pump is not None:
                        SEEN_TO[due](session, pump, now=now)
            except OperationalError:
                raise
            except Exception as problem:
                report.faults.append(f"{due.name} of pump {last}: {told(problem)}")
        if len(ids) < pump_dues.AT_ONCE:
            return


def _climb(
    channels: frozenset[Channel], sessions: Sessions, report: TickReport, now: datetime
) -> None:
    """Batch after batch; a batch that fails is taken again one watch at a time."""
    known = climbing.known_by(channels)
    _end_mended(channels, sessions, report, now)
    while True:
        try:
            with sessions.begin() as session:
                done = climbing.climb(session, known, now=now)
        except OperationalError:
            raise  # the database, not a watch: the next tick takes it up again
        except Exception:
            _climb_singly(sessions, report, climbing.known_by(channels), now)
            return
        report.planned += done.planned
        report.skipped += done.skipped
        if len(done.ids) < climbing.BATCH:
            return


def _end_mended(
    channels: frozenset[Channel], sessions: Sessions, report: TickReport, now: datetime
) -> None:
    """One that can't be looked at is named, ends nothing, and keeps no watch from climbing."""
    try:
        with sessions.begin() as session:
            undelivered.end_mended(session, channels=channels, now=now)
        return
    except OperationalError:
        raise
    except Exception:
        with reading(sessions) as session:
            ids = undelivered.to_be_mended(session, now=now)
    for watch_id in ids:
        try:
            with sessions.begin() as session:
                undelivered.end_mended(session, channels=channels, only=watch_id, now=now)
        except OperationalError:
            raise
        except Exception as problem:
            report.faults.append(f"end of watch {watch_id}: {told(problem)}")


def _climb_singly(
    sessions: Sessions, report: TickReport, known: climbing.Known, now: datetime
) -> None:
    while True:
        with reading(sessions) as session:
            ids = climbing.due_ids(session, now=now)
        for watch_id in ids:
            _climb_one(sessions, report, known, watch_id, now)
        if len(ids) < climbing.BATCH:
            return


def _climb_one(
    sessions: Sessions, report: TickReport, known: climbing.Known, watch_id: int, now: datetime
) -> None:
    try:
        with sessions.begin() as session:
            done = climbing.climb_one(session, known, watch_id, now=now)
    except OperationalError:
        raise
    except Exception as problem:
        with sessions.begin() as session:
            fault = climbing.set_aside(session, watch_id, told(problem), now=now)
        report.faults.append(fault)
        return
    report.planned += done.planned
    report.skipped += done.skipped


def _sweep(sessions: Sessions, report: TickReport, now: datetime) -> None:
    while True:
        with sessions.begin() as session:
            swept = sweeping.sweep(session, now=now)
        report.swept += swept
        if swept < sweeping.SWEPT_AT_ONCE:
            return


def _audit(
    channels: frozenset[Channel],
    sessions: Sessions,
    report: TickReport,
    look: heartbeats.Look | None,
    now: datetime,
) -> None:
    """`look` is what waits still; None after a busy tick, and then it is looked at afresh."""
    with sessions.begin() as session:
        last = heartbeats.newest(session)
        look = look or heartbeats.look(session)
        report.audit = audits.audit(session, look, last, channels=channels, now=now)
        audits.settle(session, report.audit, last, now=now)


def _beat(sessions: Sessions, report: TickReport, now: datetime, host: str) -> None:
    report.has_passed = not report.audit and not report.faults
    with sessions.begin() as session:
        report.heartbeat_id = heartbeats.beat(
            session,
            planned=report.planned,
            skipped=report.skipped,
            oldest=report.oldest_due_seconds,
            breaches=[breach.as_json() for breach in report.audit],
            faults=report.faults,
            host=host,
            now=now,
        )
