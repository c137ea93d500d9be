"""Visits on a day that was closed after they were booked: staff find another day for them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.visit import VisitState
from tracker.models import Appointment, Clinic, Watch
from tracker.services.lifespans import settle
from tracker.services.outlooks import clinic_rules

CLOSED = "The clinic is closed on that day: find another."


def flag_closed(session: Session, clinic: Clinic, *, now: datetime) -> int:
    """Let the watches of such visits speak now, to staff; how many are new.

    The visit stays booked until somebody moves it. A confirmation quietens nothing any more:
    the patient agreed to a day on which nobody will be there.
    """
    asked = (
        sa.select(Watch)
        .join(Appointment, Appointment.pump_id == Watch.pump_id)
        .where(
            Watch.clinic_id == clinic.id,
            Watch.kind == WatchKind.VISIT,
            Watch.closed_at.is_(None),
            Watch.dry_at.is_(None),  # not flagged yet
            Watch.danger_at > now,
            Appointment.state == VisitState.BOOKED,
        )
        .order_by(Watch.id)
    )
    flagged = 0
    for watch in session.scalars(asked).all():
        assert watch.danger_at is not None  # asked for
        if not is_closed(clinic, watch.danger_at):
            continue
        watch.dry_at, watch.explanation = now, {"sentence": CLOSED}
        watch.visit_at = None
        settle(session, watch, now=now)
        flagged += 1
    session.flush()
    return flagged


def is_closed(clinic: Clinic, at: datetime) -> bool:
    """Whether nobody is in the clinic on the day of a visit."""
    return not clinic_rules(clinic).open_days.is_open(at.astimezone(clinic.zone).date())
