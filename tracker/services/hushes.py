"""What quietens a watch, read for many at once, and written off where it is over."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.escalation import LOUD, Booking, Hush
from tracker.domain.silence import Silence, broken_by
from tracker.models import SilenceRow, Watch

WATCH_ENDED = "the watch has ended"
# To be selected beside a watch, by a left join on IN_FORCE.
IN_FORCE = sa.and_(SilenceRow.watch_id == Watch.id, SilenceRow.ended_at.is_(None))
COLUMNS = (
    Watch.visit_at,
    Watch.reopens_at,
    SilenceRow.id.label("silence_id"),
    SilenceRow.kind.label("silence_kind"),
    SilenceRow.until.label("silence_until"),
    SilenceRow.level.label("silence_level"),
    SilenceRow.danger_at.label("silence_danger_at"),
)
# asked of each watch that is written, so put together once
_SILENCE = sa.select(SilenceRow).where(
    SilenceRow.watch_id == sa.bindparam("watch_id"), SilenceRow.ended_at.is_(None)
)


def of_row(row: sa.Row[Any]) -> Hush:
    """What quietens the watch of a row that has these columns."""
    if row.silence_id is None and row.reopens_at is None and row.visit_at is None:
        return LOUD
    silence = None
    if row.silence_id is not None:
        silence = Silence(
            row.silence_kind, row.silence_until, row.silence_level, row.silence_danger_at
        )
    return _hush(silence, row.visit_at, row.reopens_at)


def silence_of(session: Session, watch: Watch) -> SilenceRow | None:
    """The acknowledgement or snooze in force on a watch."""
    return session.scalar(_SILENCE, {"watch_id": watch.id})


def in_force(session: Session, watch: Watch, *, now: datetime) -> SilenceRow | None:
    """The silence on a watch, unless it is over and only waits to be written off."""
    row = silence_of(session, watch)
    if row is None:
        return None
    silence = Silence(row.kind, row.until, row.level, row.danger_at)
    is_over = broken_by(silence, level=watch.level, danger_at=watch.danger_at, now=now)
    return None if is_over else row


def of_new(watch: Watch) -> Hush:
    """What quietens a watch that is about to be opened: a visit, and nobody has silenced it."""
    return _hush(None, watch.visit_at, watch.reopens_at)


def _hush(
    silence: Silence | None, visit_at: datetime | None, reopens_at: datetime | None
) -> Hush:
    """What the columns of a watch say; an end without a visit is one that was called off."""
    if visit_at is None:
        return Hush(silence, called_off_at=reopens_at)
    return Hush(silence, Booking(visit_at, reopens_at))


def end_broken(
    session: Session, ended: Iterable[tuple[int | None, str]], *, now: datetime
) -> None:
    """Write off the silences that the tick found to be over, each with its reason."""
    reasons: dict[str, list[int]] = {}
    for silence_id, why in ended:
        if silence_id is not None and why:
            reasons.setdefault(why, []).append(silence_id)
    for why, ids in reasons.items():
        session.execute(
            sa.update(SilenceRow)
            .where(SilenceRow.id.in_(ids), SilenceRow.ended_at.is_(None))
            .values(ended_at=now, ended_because=why)
            .execution_options(synchronize_session=False)
        )


def any_of(watch_ids: sa.BindParameter[Any]) -> sa.Exists:
    """That one of the watches is silenced."""
    return sa.exists().where(SilenceRow.watch_id.in_(watch_ids), SilenceRow.ended_at.is_(None))


def end_with(session: Session, watch_ids: Sequence[int], *, now: datetime) -> None:
    """End what quietens watches that have themselves ended."""
    session.execute(
        sa.update(SilenceRow)
        .where(SilenceRow.watch_id.in_(watch_ids), SilenceRow.ended_at.is_(None))
        .values(ended_at=now, ended_because=WATCH_ENDED)
    )
