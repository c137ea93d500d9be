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
Doses = list[tuple[datetime, object]]
_DOSES = sa.select(
    Programme.pump_id, Programme.effective_at, Programme.dose_mcg_per_day
).order_by(Programme.effective_at)
_FILLED = sa.select(Refill.pump_id, Refill.filled_at, Refill.instilled_volume_ml).order_by(
    Refill.filled_at
)


def fillings(session: Session) -> dict[int, list[Filling]]:
    """Each filling of each pump, and when its last drop is used. Oldest first."""
    doses: dict[int, Doses] = {}
    for pump_id, since, dose in session.connection().execute(_DOSES):
        doses.setdefault(pump_id, []).append((since, dose))
    found: dict[int, list[Filling]] = {}
    for pump_id, at, volume in session.connection().execute(_FILLED):
        used_up = _used_up(at, Fraction(volume), doses[pump_id])
        found.setdefault(pump_id, []).append((at, used_up))
    return found


def _used_up(at: datetime, volume: Fraction, doses: Doses) -> datetime:
    for begins, ends, dose in _running(at, doses):
        flow = Fraction(str(dose)) / STRENGTH  # mL a day
        lasts = timedelta(days=float(volume / flow))
        if ends is None or begins + lasts <= ends:
            return begins + lasts
        volume -= flow * Fraction((ends - begins) / timedelta(seconds=1)) / 86_400
    raise AssertionError("the last dose runs on")


def _running(at: datetime, doses: Doses) -> Iterator[tuple[datetime, datetime | None, object]]:
    """From `at` on: since when, until when, and how much a day."""
    for place, (since, dose) in enumerate(doses):
        ends = doses[place + 1][0] if place + 1 < len(doses) else None
        if ends is None or ends > at:
            yield max(since, at), ends, dose
