"""What must be on record before a pump that may hold drug is let go of (hazard H25)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.errors import TrackerError
from tracker.domain.wording import write_day
from tracker.models import Pump, PumpEnd
from tracker.services.charts import chart_of


class NoEvidence(TrackerError):
    code = "no_evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """Who has taken the patient over, or how the drug is weaned."""

    accepted_by: str = ""
    accepted_on: date | None = None
    plan: str = ""


NONE = Assurance()


def check_day(session: Session, pump: Pump, ended_on: date, *, now: datetime) -> None:
    """Refuse a day on which this pump can't have ended: before its implant, or a refill."""
    zone = pump.clinic.zone
    if ended_on > now.astimezone(zone).date():
        raise NoEvidence("That day lies in the future.", field="ended_on")
    if pump.implant_day is not None and ended_on < pump.implant_day:
        raise NoEvidence(
            f"The pump was implanted on {write_day(pump.implant_day)}, after that day.",
            field="ended_on",
        )
    last = chart_of(session, pump).latest_fill
    if last is not None and ended_on < last.fill.at.astimezone(zone).date():
        filled_on = last.fill.at.astimezone(zone).date()
        raise NoEvidence(
            f"A refill of {write_day(filled_on)} is on record, after that day: is this the"
            " right pump, and the right day?",
            field="ended_on",
        )


def evidence_of(
    session: Session,
    pump: Pump,
    kind: PumpEnd,
    note: str,
    assurance: Assurance,
    *,
    now: datetime,
) -> str:
    """The evidence in words, as it is kept; refused where something of it is missing.

    A pump that was never filled holds nothing that could be forgotten.
    """
    if is_blank(note):
        raise NoEvidence("Say what shows that this pump's danger is over.", field="note")
    said = [note.strip()]
    if chart_of(session, pump).latest_fill is None:
        return said[0]
    if kind is PumpEnd.TRANSFERRED:
        said.append(_acceptance(pump, assurance, now=now))
    if kind is PumpEnd.EXPLANTED:
        said.append(_plan(assurance))
    return "\n".join(said)


def _acceptance(pump: Pump, assurance: Assurance, *, now: datetime) -> str:
    who, on = assurance.accepted_by.strip(), assurance.accepted_on
    if not who:
        raise NoEvidence(
            "There may be drug in this pump: say who has taken it over, and where.",
            field="accepted_by",
        )
    if on is None or on > now.astimezone(pump.clinic.zone).date():
        raise NoEvidence("Give the day on which they accepted.", field="accepted_on")
    return f"Accepted by {who} on {write_day(on)}."


def _plan(assurance: Assurance) -> str:
    plan = assurance.plan.strip()
    if not plan:
        raise NoEvidence(
            "Therapy ends with the pump: say how the drug is weaned, or what gives it instead.",
            field="plan",
        )
    return f"Plan: {plan}"
