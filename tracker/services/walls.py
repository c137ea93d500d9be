"""What the screen on the clinic's wall shows: how many, how late, and whether we are watched.

It hangs where visitors pass: a patient's number and the model of the pump, never a name, a
serial number or a drug.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Clinic, Heartbeat
from tracker.services.at_once import AtOnce, at_once_of
from tracker.services.boards import BoardFilters, BoardRow, Counts, board_counts, board_rows

MOST = 12  # ours: what is read across a room


@dataclass(frozen=True, slots=True)
class Wall:
    """The screen at one moment; times are instants, None where it never was."""

    counts: Counts
    rows: list[BoardRow]
    at_once: dict[int, AtOnce]  # by pump
    passed_at: datetime | None  # the last audit that found nothing wrong
    heartbeat: Heartbeat | None


def wall_of(session: Session, clinic: Clinic, *, now: datetime) -> Wall:
    """The worst rows of the clinic with the counts of all, and the last passed audit."""
    newest = sa.select(Heartbeat).order_by(Heartbeat.id.desc()).limit(1)
    passed = sa.select(Heartbeat.ticked_at).where(Heartbeat.has_passed)
    rows = board_rows(session, clinic, BoardFilters(), limit=MOST, now=now)
    return Wall(
        board_counts(session, clinic, now=now),
        rows,
        at_once_of(session, (row.pump_id for row in rows)),
        session.scalar(passed.order_by(Heartbeat.id.desc()).limit(1)),
        session.scalar(newest),
    )
