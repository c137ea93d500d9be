"""The heartbeat: one row for each tick, so that its silence can be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.message import MessageState
from tracker.models import Heartbeat, Message, Watch
from tracker.services.asking import rows_from, spelt_out
from tracker.services.pump_dues import PUMP_DUES, PumpDue
from tracker.services.states import CLAIMED, UNSENT

KEPT = 20_160  # two weeks of minutes: enough to see when a fault began
PRUNED_EVERY = 100
# Ours: so many ticks a jump of the clock is told, for the next tick alone sees nothing odd.
REMEMBERED = 10
PRUNED_AT_ONCE = 1_000  # so that a long neglected table is pruned in steps


@dataclass(frozen=True, slots=True)
class Look:
    """The longest waiting of each kind of work, by index; None where nothing waits."""

    watch_at: datetime | None
    unsent_at: datetime | None
    held_at: datetime | None
    lease_at: datetime | None
    ticked_at: datetime | None  # the last tick, by whatever clock
    pumps_at: Mapping[PumpDue, datetime | None]

    def dues(self, *, is_sending: bool = True) -> list[datetime]:
        """From when on each kind of work waits for a tick, or for a delivery after it."""
        messages_at = self.unsent_at if is_sending else self.held_at
        found = (self.watch_at, messages_at, self.lease_at, *self.pumps_at.values())
        return [one for one in found if one is not None]

    def oldest_due_seconds(self, *, now: datetime) -> int:
        """How long the oldest due watch or message has been waiting; 0 if nothing is due."""
        waits = [now - at for at in (self.watch_at, self.unsent_at) if at is not None]
        return max(0, int(max(waits, default=timedelta(0)).total_seconds()))


@dataclass(frozen=True, slots=True)
class Beat:
    """An earlier tick, as far as the next one looks back at it."""

    id: int
    had_breaches: bool
    ticks: tuple[datetime, ...]  # this one and those before it, the newest first

    @property
    def ticked_at(self) -> datetime:
        return self.ticks[0]


# said at every tick, so put together once
_LOOK = spelt_out(
    sa.select(
        sa.select(sa.func.min(Watch.next_action_at))
        .where(Watch.closed_at.is_(None))
        .scalar_subquery(),
        sa.select(sa.func.min(Message.due_at)).where(UNSENT).scalar_subquery(),
        sa.select(sa.func.min(Message.due_at))
        .where(UNSENT, Message.state == MessageState.HELD)
        .scalar_subquery(),
        sa.select(sa.func.min(Message.lease_until)).where(CLAIMED).scalar_subquery(),
        sa.select(Heartbeat.ticked_at).order_by(Heartbeat.id.desc()).limit(1).scalar_subquery(),
        *(sa.select(sa.func.min(due.at)).scalar_subquery() for due in PUMP_DUES),
    )
)
_NEWEST = (
    sa.select(Heartbeat.id, Heartbeat.ticked_at, Heartbeat.breaches)
    .order_by(Heartbeat.id.desc())
    .limit(REMEMBERED)
)


def look(session: Session) -> Look:
    """What waits, in one query that reads the end of an index for each."""
    watch_at, unsent_at, held_at, lease_at, ticked_at, *pumps_at = (
        rows_from(session).execute(_LOOK).one()
    )
    by_due = dict(zip(PUMP_DUES, pumps_at, strict=True))
    return Look(watch_at, unsent_at, held_at, lease_at, ticked_at, by_due)


def newest(session: Session) -> Beat | None:
    """The tick before this one, and when those before it were; None if none ever was."""
    rows = rows_from(session).execute(_NEWEST).all()
    if not rows:
        return None
    ticks = tuple(row.ticked_at for row in rows)
    return Beat(rows[0].id, bool(rows[0].breaches), ticks)


def beat(
    session: Session,
    *,
    planned: int,
    skipped: int,
    oldest: int,
    breaches: Sequence[dict[str, Any]],
    faults: Sequence[str],
    host: str,
    now: datetime,
) -> int:
    """Write what this tick did; the number of its row. The oldest beyond those kept go."""
    row = Heartbeat(
        ticked_at=now,
        host=host,
        planned=planned,
        skipped=skipped,
        oldest_due_seconds=oldest,
        breaches=list(breaches),
        faults=list(faults),
        has_passed=not breaches and not faults,
    )
    session.add(row)
    session.flush()
    if row.id % PRUNED_EVERY == 0:
        _prune(session, row.id)
    return row.id


def pinged(session: Session, heartbeat_id: int, *, now: datetime) -> None:
    """Write down that somebody outside was told that the audit of this tick had passed."""
    session.execute(
        sa.update(Heartbeat).where(Heartbeat.id == heartbeat_id).values(pinged_at=now)
    )


def last_ping(session: Session) -> datetime | None:
    """When somebody outside was told last; None if never, as far as ticks are kept."""
    asked = sa.select(Heartbeat.pinged_at).where(Heartbeat.pinged_at.is_not(None))
    return session.scalar(asked.order_by(Heartbeat.id.desc()).limit(1))


def _prune(session: Session, newest_id: int) -> None:
    too_old = (
        sa.select(Heartbeat.id)
        .where(Heartbeat.id <= newest_id - KEPT)
        .order_by(Heartbeat.id)
        .limit(PRUNED_AT_ONCE)
    )
    session.execute(
        sa.delete(Heartbeat)
        .where(Heartbeat.id.in_(too_old.scalar_subquery()))
        .execution_options(synchronize_session=False)
    )
