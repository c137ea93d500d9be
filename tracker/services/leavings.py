"""Whether a patient is away over refill-by, as its watch is to know."""

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.calendar import DAY, SECOND, start_of_day
from tracker.domain.danger import WatchKind
from tracker.domain.leaving import Leaving, leaving
from tracker.domain.planning import Span
from tracker.domain.wording import write_day
from tracker.models import Away, Patient, Pump, Watch
from tracker.services.asking import rows_from
from tracker.services.outlooks import clinic_rules
from tracker.services.watch_dates import Dates

_AWAYS = (
    sa.select(Away.first_on, Away.last_on, Away.recorded_at)
    .where(Away.patient_id == sa.bindparam("patient_id"), Away.withdrawn_at.is_(None))
    .order_by(Away.first_on, Away.id)
)


def with_leaving(session: Session, pump: Pump, dates: Dates) -> Dates:
    """The dates of a refill watch, with when its patient leaves and is not back in time.

    Nobody can be asked to come before the filling that it counts from.
    """
    by_at, filled_at, zone = dates.danger_at, dates.counts_from_at, pump.clinic.zone
    if by_at is None:
        return dates
    rows = rows_from(session).execute(_AWAYS, {"patient_id": pump.patient_id}).all()
    spans, by_on = (
        [Span(one.first_on, one.last_on) for one in rows],
        by_at.astimezone(zone).date(),
    )
    found = leaving(by_on, spans, clinic_rules(pump.clinic).open_days)
    if found is None:
        return dates
    leaves_at = start_of_day(found.last_on + DAY, zone) - SECOND
    if filled_at is not None and leaves_at <= filled_at:
        return dates
    return replace(
        dates,
        leaves_at=leaves_at,
        # days away that begin after refill-by are no news of this absence
        leaving_known_at=max(
            one.recorded_at for one in rows if found.last_on < one.first_on <= by_on
        ),
        explanation={**dates.explanation, "leaves": _words(found)},
    )


def _words(found: Leaving) -> str:
    return (
        f"The patient is away from {write_day(found.away.first)} to"
        f" {write_day(found.away.last)}, over refill-by or until shortly before it: the last"
        f" open day before is {write_day(found.last_on)}."
    )


def leavings_of(session: Session, patient: Patient) -> list[str]:
    """What the open refill watches of a patient say of it; nothing where they are here."""
    asked = (
        sa.select(Watch.explanation)
        .join(Pump, Pump.id == Watch.pump_id)
        .where(Pump.patient_id == patient.id, Watch.kind == WatchKind.REFILL)
        .where(Watch.closed_at.is_(None), Watch.leaves_at.is_not(None))
    )
    return sorted({said["leaves"] for said in session.scalars(asked)})
