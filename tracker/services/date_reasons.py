"""Which record moved a date, in words."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tracker.domain.changes import why_programme
from tracker.domain.evidence import Evidence
from tracker.domain.wording import write_day
from tracker.models import Bolus, Programme, Pump, PumpRevision, Reading, Refill
from tracker.services.charts import Chart
from tracker.services.in_force import AT

LONGEST = 300  # the column's own length
WORDS: dict[type[Any], str] = {
    Refill: "refill",
    Programme: "programme",
    Bolus: "bolus",
    Reading: "interrogation",
}
TABLES: dict[str, type[Any]] = {
    "refill": Refill,
    "programme": Programme,
    "bolus": Bolus,
    "reading": Reading,
}
DETAILS = {
    "low_reservoir_alarm_ml": "the low-reservoir alarm volume was changed from {} to {} mL",
    "implanted_on": "the day of the implant was changed from {} to {}",
    "fixed_flow_ml_per_day": "the fixed flow was changed from {} to {} mL/day",
}
OTHERS = {
    "pump": "the pump was recorded",
    "rules": "the clinic's rules or open days, or the catalogue, changed",
    "pump_ending": "the end of the pump was undone",
    "taken_over": "the patient was handed to this clinic",
}


def why(session: Session, pump: Pump, chart: Chart, evidence: Evidence) -> str:
    """What was written down, as the end of a sentence that begins with "because"."""
    return _why(session, pump, chart, evidence)[:LONGEST]


def _why(session: Session, pump: Pump, chart: Chart, evidence: Evidence) -> str:
    if evidence.kind == "void":
        return _struck_out(session, pump, evidence)
    if evidence.kind == "pump_revision":
        return _details(session.get_one(PumpRevision, evidence.id))
    if evidence.kind not in TABLES:
        return OTHERS.get(evidence.kind, "a record was written")
    row = session.get_one(TABLES[evidence.kind], evidence.id)
    if row.replaces_id is not None:
        return f"the {_named(pump, row)} was corrected"
    if isinstance(row, Programme):
        return _programme(pump, chart, row)
    if isinstance(row, Reading) and row.printed_alarm_on is not None:
        stated = write_day(row.printed_alarm_on)
        return f"the programmer stated the alarm date {stated} in the {_named(pump, row)}"
    return f"the {_named(pump, row)} was recorded"


def _programme(pump: Pump, chart: Chart, row: Programme) -> str:
    earlier = [one for one in chart.programmes if one.at < row.effective_at]
    on = row.effective_at.astimezone(pump.clinic.zone).date()
    return why_programme(earlier[-1] if earlier else None, row.as_programme(), on)


def _struck_out(session: Session, pump: Pump, evidence: Evidence) -> str:
    """The number is of one of the four tables: the newest row with it that strikes out."""
    found = [session.get(table, evidence.id) for table in WORDS]
    voids = [one for one in found if one is not None and one.is_void and one.pump_id == pump.id]
    if not voids:
        return "a record was struck out"
    newest = max(voids, key=_recorded_at)
    return f"the {_named(pump, newest)} was struck out"


def _recorded_at(row: Any) -> datetime:
    at: datetime = row.recorded_at
    return at


def _named(pump: Pump, row: Any) -> str:
    at: datetime = getattr(row, AT[type(row)])
    return f"{WORDS[type(row)]} of {write_day(at.astimezone(pump.clinic.zone).date())}"


def _details(revision: PumpRevision) -> str:
    parts = [
        words.format(revision.before.get(name), revision.after.get(name))
        for name, words in DETAILS.items()
        if revision.before.get(name) != revision.after.get(name)
    ]
    return " and ".join(parts) or "the pump's details were corrected"
