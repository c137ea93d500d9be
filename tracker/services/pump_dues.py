"""What time alone makes due of a pump: an instant on its row, which the tick finds by index.

Each is named here, and here alone: the heartbeat looks for it, the tick sees to it pump by
pump, the auditor asks whether it was seen to, and a rehearsal steps from one to the next.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from tracker.models import Pump

AT_ONCE = 200  # ours: numbers that are read before the first of them is seen to


@dataclass(frozen=True, slots=True)
class PumpDue:
    """One of them: its name, the column, and what is so while nobody sees to it."""

    name: str
    at: InstrumentedAttribute[datetime | None]
    unseen: str


REVIEW = PumpDue(
    "review", Pump.review_asks_at, "A review is to be asked for, and nobody is asked."
)
SUPPLY = PumpDue(
    "supply",
    Pump.supply_ends_at,
    "A drug or a payer's yes has run out, and nobody is asked for another.",
)
PUMP_DUES = (REVIEW, SUPPLY)


def due_pumps(session: Session, due: PumpDue, *, after: int, now: datetime) -> list[int]:
    """The next pumps of which it is due, by their numbers."""
    asked = sa.select(Pump.id).where(due.at <= now, Pump.id > after)
    return list(session.scalars(asked.order_by(Pump.id).limit(AT_ONCE)))


def taken(session: Session, due: PumpDue, pump_id: int, *, now: datetime) -> Pump | None:
    """The pump, held while it is seen to; None where another scheduler has it or had it."""
    asked = (
        sa.select(Pump)
        .where(Pump.id == pump_id, due.at <= now)
        .options(joinedload(Pump.clinic))
        .with_for_update(skip_locked=True, of=Pump)
    )
    return session.scalar(asked)
