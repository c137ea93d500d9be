"""Writing down what a discrepancy came from: with the next refill, all that ends its watch."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Assessment, Finding, Pump, Staff
from tracker.services.charts import chart_of
from tracker.services.residuals import unsettled_refill
from tracker.services.versions import take_version
from tracker.services.watches import reproject


class NothingToAssess(TrackerError):
    code = "nothing_to_assess"


def assess(
    session: Session,
    pump: Pump,
    *,
    finding: Finding,
    note: str,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> Assessment:
    """Write the assessment of the pump's unsettled discrepancy down; it ends the watch."""
    if is_blank(note):
        raise TrackerError("Say what was looked at, and what was found.", field="note")
    take_version(session, pump, seen_version)
    found = unsettled_refill(session, pump, chart_of(session, pump))
    if found is None:
        raise NothingToAssess("No discrepancy of this pump waits to be assessed.")
    row = Assessment(
        pump_id=pump.id,
        refill_id=found.refill_id,
        finding=finding,
        note=note.strip(),
        recorded_at=now,
        recorded_by=by,
    )
    session.add(row)
    session.flush()
    reproject(session, pump, because=Evidence(EvidenceKind.ASSESSMENT, row.id), now=now)
    return row


def assessments_of(session: Session, pump: Pump) -> list[Assessment]:
    """What was written down about this pump's discrepancies, newest first."""
    asked = sa.select(Assessment).where(Assessment.pump_id == pump.id)
    people = (joinedload(Assessment.recorded_by), joinedload(Assessment.refill))
    return list(session.scalars(asked.order_by(Assessment.id.desc()).options(*people)))
