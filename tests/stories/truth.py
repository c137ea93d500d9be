"""When each reservoir of a story really was empty, from what was poured in and set.

It knows the rows and the one drug of the story, and nothing of the projection: a date that the
product holds for true and this does not is the worst bug there is.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.models import Programme, Refill

STRENGTH = 2000  # mcg in each mL of the story's baclofen
DAY = timedelta(days=1)
Filling = tuple[datetime, datetime]  # when it was filled, and when that is used up
_DOSES = (
    sa.select(Programme.effective_at, Programme.dose_mcg_per_day)
    .where(Programme.pump_id == sa.bindparam("pump_id"))
    .order_by(Programme.effective_at)
)
_FILLED = (
    sa.select(Refill.filled_at, Refill.instilled_volume_ml)
    .where(Refill.pump_id == sa.bindparam("pump_id"))
    .order_by(Refill.filled_at)
)


def fillings(session: Session, pump_id: int) -> list[Filling]:
    """Each filling of a pump, with the instant at which its last drop is used. Oldest first."""
    of_pump = {"pump_id": pump_id}
    doses = session.connection().execute(_DOSES, of_pump).all()
    filled = session.connection().execute(_FILLED, of_pump).all()
    return [(at, _used_up(at, Fraction(volume), doses)) for at, volume in filled]


def _used_up(at: datetime, volume: Fraction, doses: list[tuple[datetime, object]]) -> datetime:
    for begins, ends, dose in _running(at, doses):
        flow = Fraction(str(dose)) / STRENGTH  # mL a day
        lasts = timedelta(days=float(volume / flow))
        if ends is None or begins + lasts <= ends:
            return begins + lasts
        volume -= flow * Fraction((ends - begins) / timedelta(seconds=1)) / 86_400
    raise AssertionError("the last dose runs on")


def _running(
    at: datetime, doses: list[tuple[datetime, object]]
) -> Iterator[tuple[datetime, datetime | None, object]]:
    """From `at` on: since when, until when, and how much a day."""
    for place, (since, dose) in enumerate(doses):
        ends = doses[place + 1][0] if place + 1 < len(doses) else None
        if ends is None or ends > at:
            yield max(since, at), ends, dose
