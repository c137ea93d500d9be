"""The engine on the copy: its own tick and its own delivery, from one due instant to the next.

The minutes in between are left out, for a tick that finds nothing due only beats.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.escalation import Ladder
from tracker.domain.outgoing import Outgoing
from tracker.domain.risk import RiskClass
from tracker.jobs import Outlets, deliver, tick
from tracker.jobs.sessions import Sessions
from tracker.models import Clinic, Heartbeat, Watch
from tracker.rehearsal import mornings
from tracker.rehearsal.copying import LOOK_BACK, Scope, copied
from tracker.rehearsal.lines import Line, in_utc, lines
from tracker.services import heartbeats
from tracker.services.lifespans import settle
from tracker.services.policies import write_policy
from tracker.services.renumbering import climb_instead

Ladders = Mapping[tuple[WatchKind, RiskClass], Ladder]
TICK = timedelta(minutes=1)
QUIET_DAY = timedelta(days=1)  # a day without anything due is audited once. Ours.
LONGEST = timedelta(days=366)
HOST = "rehearsal"


class CannotRehearse(TrackerError):
    code = "cannot_rehearse"


class Noting:
    """A way of sending that only takes: what it was handed stands in the copy's outbox."""

    def send(self, outgoing: Outgoing) -> str:
        return "rehearsed: not sent"

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would be sent between two moments, and what would not and why."""

    since: datetime
    until: datetime  # as far as it came: earlier than asked for where it was cut
    lines: list[Line]
    is_cut: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def messages(self) -> list[Line]:
        return [line for line in self.lines if line.is_sent]

    @property
    def skipped(self) -> list[Line]:
        return [line for line in self.lines if not line.is_sent]

    def as_json(self) -> dict[str, Any]:
        return {
            "from": in_utc(self.since),
            "until": in_utc(self.until),
            "messages": [line.as_json() for line in self.messages],
            "skipped": [line.as_json() for line in self.skipped],
            "is_cut": self.is_cut,
            "faults": self.faults,
        }


def rehearse(
    sessions: Sessions,
    outlets: Outlets,
    *,
    days: int,
    clinic_id: int | None = None,
    pump_ids: tuple[int, ...] | None = None,
    policies: Ladders | None = None,
    every: timedelta = TICK,
    goes_on: Callable[[], bool] = lambda: True,
    now: datetime,
) -> Rehearsed:
    """What the engine will send in the next `days`, if nothing is recorded meanwhile.

    It ticks `every` so often from `now` on, at most once a day: what comes due in between waits
    for the next tick, comes together in one digest, and repeats no more often than that.

    `outlets` say which channels there are; nothing is handed to them. With `policies` the open
    watches climb those ladders instead of their own. `goes_on` is asked before each step.
    """
    until = now + timedelta(days=days)
    check_span(now, until)
    scope = Scope(now - LOOK_BACK, clinic_id, pump_ids, until=until)
    with copied(sessions, scope) as copy:
        if policies:
            with copy.begin() as session:
                climb_these(session, policies, now=now)
        walk = Walk(copy, noting(outlets), now, goes_on, every, is_whole=pump_ids is None)
        reached = walk.to(until)
        with copy() as session:
            found = lines(session, since=now, until=reached)
        return Rehearsed(now, reached, found, reached < until, walk.faults)


def check_span(since: datetime, until: datetime) -> None:
    """Refuse what has no end, or ends before it begins."""
    if not since < until <= since + LONGEST:
        raise CannotRehearse("A rehearsal lasts from one day to 366.")


def noting(outlets: Outlets) -> Outlets:
    """The same channels and words, with nobody at the other end."""
    return replace(outlets, senders={channel: Noting() for channel in outlets.senders})


def climb_these(session: Session, policies: Ladders, *, now: datetime) -> None:
    """Give each clinic a new version of these ladders, and put the open watches on it."""
    for clinic_id in session.scalars(sa.select(Clinic.id)).all():
        for (kind, risk), ladder in policies.items():
            policy = write_policy(session, clinic_id, kind, risk, ladder, now=now)
            asked = sa.select(Watch).where(
                Watch.clinic_id == clinic_id,
                Watch.kind == kind,
                Watch.risk_class == risk,
                Watch.closed_at.is_(None),
            )
            for watch in session.scalars(asked).all():
                climb_instead(session, watch, policy)
                watch.cursor = min(watch.cursor, len(ladder.steps))
                settle(session, watch, now=now)


@dataclass(slots=True)
class Walk:
    """The clock of a rehearsal, stepped on the grid of a timer that began with it."""

    copy: Sessions
    outlets: Outlets
    at: datetime
    goes_on: Callable[[], bool]
    every: timedelta = TICK
    is_whole: bool = False  # whole clinics: what they are mailed each morning is sent too
    faults: list[str] = field(default_factory=list)
    _ticked_at: datetime | None = None

    def to(self, until: datetime) -> datetime:
        """Tick and deliver until `until`; how far it came before it was stopped."""
        while self.at <= until:
            if not self.goes_on():
                return self.at
            self._once()
            self._ticked_at, self.at = self.at, self._next(self.at)
        return until

    def look_again(self) -> None:
        """Find the next tick anew, for something was written down since the last one."""
        if self._ticked_at is not None:
            self.at = self._next(self._ticked_at)

    def _once(self) -> None:
        with self.copy.begin() as session:
            _beat_meanwhile(session, self.every, now=self.at)
        if self.is_whole:
            mornings.begin(self.copy, now=self.at)
        ways = frozenset(self.outlets.senders)
        ticked = tick(self.copy, now=self.at, host=HOST, channels=ways)
        sent = deliver(self.copy, self.outlets, host=HOST, now=self.at)
        for fault in (*ticked.faults, *sent.faults):
            if fault not in self.faults:
                self.faults.append(fault)

    def _next(self, last: datetime) -> datetime:
        """The first tick after `last` at which something is due."""
        with self.copy() as session:
            look = heartbeats.look(session)
            morning_at = mornings.next_at(session, now=last) if self.is_whole else None
        dues = [*look.dues(), *([morning_at] if morning_at else [])]
        due = min([*dues, last + QUIET_DAY])
        ticks = max(1, -((last - due) // self.every))  # rounded up: it comes after
        return last + ticks * self.every


def _beat_meanwhile(session: Session, every: timedelta, *, now: datetime) -> None:
    """The heartbeat of the tick before, for the timer is taken to be alive all the time."""
    newest = session.scalar(sa.select(Heartbeat).order_by(Heartbeat.id.desc()).limit(1))
    if newest is not None and newest.ticked_at >= now - every:
        return
    heartbeats.beat(
        session,
        planned=0,
        skipped=0,
        oldest=0,
        breaches=newest.breaches if newest else [],
        faults=[],
        host=HOST,
        now=now - every,
    )
