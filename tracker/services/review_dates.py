"""When the regular review of a pump is due."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tracker.domain.calendar import start_of_day
from tracker.models import Pump
from tracker.models import Review as ReviewRow
from tracker.services.asking import rows_from
from tracker.services.in_force import newest_of_pump

# asked with each record, so put together once
_LAST_AT = newest_of_pump(ReviewRow).with_only_columns(ReviewRow.reviewed_at)


def last_review(session: Session, pump: Pump) -> ReviewRow | None:
    """The newest review that counts."""
    found: ReviewRow | None = session.scalar(newest_of_pump(ReviewRow), {"pump_id": pump.id})
    return found


def review_due_at(session: Session, pump: Pump) -> datetime:
    """The morning on which the next review is due.

    Without any on record it counts from the implant, or from the day on which the pump was
    recorded here where that was later: what was looked at before is not known to us.
    """
    last_at = rows_from(session).scalar(_LAST_AT, {"pump_id": pump.id})
    zone = pump.clinic.zone
    if last_at is not None:
        since = last_at.astimezone(zone).date()
    else:
        since = max(pump.implanted_on, pump.recorded_at.astimezone(zone).date())
    return start_of_day(since + timedelta(days=pump.clinic.review_interval_days), zone)
