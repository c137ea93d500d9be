"""Implanting a pump, correcting its details, and ending it with evidence."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.errors import InTheFuture, TrackerError, VolumeAboveCapacity
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.infusion import Mode
from tracker.domain.units import Quantity, format_quantity
from tracker.models import Patient, Programme, Pump, PumpEnd, PumpModel, PumpRevision, Staff
from tracker.services import recalls
from tracker.services.appointments import end_with_pump
from tracker.services.catalogues import entry_of
from tracker.services.charts import chart_of, programmes_in_force
from tracker.services.corrections import NoReason
from tracker.services.ending_watches import ask_second
from tracker.services.endings import record_end
from tracker.services.pump_checks import AlreadyImplanted as AlreadyImplanted
from tracker.services.pump_checks import NoFlow as NoFlow
from tracker.services.pump_checks import NotAMember as NotAMember
from tracker.services.pump_checks import PumpDetails as PumpDetails
from tracker.services.pump_checks import check_details
from tracker.services.pump_checks import details_of as details_of
from tracker.services.pump_checks import is_member as is_member
from tracker.services.pump_ends import NONE as NO_ASSURANCE
from tracker.services.pump_ends import Assurance as Assurance
from tracker.services.pump_ends import NoEvidence as NoEvidence
from tracker.services.pump_ends import check_day, evidence_of
from tracker.services.recalls import look_at_pump
from tracker.services.versions import stay_here, take_version
from tracker.services.watches import close_all, hand_over, reproject

SET_BY_THE_MAKER = "flow set by the maker"


class AlreadyEnded(TrackerError):
    code = "already_ended"


class NothingChanged(TrackerError):
    code = "nothing_changed"


def implant_pump(
    session: Session,
    patient: Patient,
    *,
    model: PumpModel,
    serial: str,
    implanted_on: date,
    reservoir_capacity_ml: Decimal,
    low_reservoir_alarm_ml: Decimal,
    dead_volume_ml: Decimal | None = None,
    fixed_flow_ml_per_day: Decimal | None = None,
    purpose: str = "",
    owner: Staff,
    by: Staff,
    now: datetime,
) -> Pump:
    """Write down an implanted pump and open its watches; it is covered from this moment."""
    details = PumpDetails(
        serial=serial,
        implanted_on=implanted_on,
        reservoir_capacity_ml=reservoir_capacity_ml,
        low_reservoir_alarm_ml=low_reservoir_alarm_ml,
        dead_volume_ml=dead_volume_ml,
        fixed_flow_ml_per_day=fixed_flow_ml_per_day,
        purpose=purpose,
        owner=owner,
    )
    return implant_with(session, patient, model, details, by=by, now=now)


def implant_with(
    session: Session,
    patient: Patient,
    model: PumpModel,
    details: PumpDetails,
    *,
    by: Staff,
    now: datetime,
) -> Pump:
    """The same, with the details already gathered."""
    stay_here(session, patient)
    check_details(session, patient, model, details, now=now)
    pump = Pump(
        clinic=patient.clinic,
        patient=patient,
        model=model,
        has_battery=entry_of(model).has_battery,
        recorded_at=now,
        recorded_by_id=by.id,
    )
    _take(pump, details)
    session.add(pump)
    session.flush()
    if details.fixed_flow_ml_per_day is not None:
        session.add(_fixed_programme(pump, details.fixed_flow_ml_per_day, by, now))
    reproject(session, pump, because=Evidence(EvidenceKind.PUMP, pump.id), now=now)
    look_at_pump(session, pump, by=by, now=now)
    return pump


def _take(pump: Pump, details: PumpDetails) -> None:
    for name in PumpDetails.__slots__:
        setattr(pump, name, getattr(details, name))


def _fixed_programme(pump: Pump, flow: Decimal, by: Staff, now: datetime) -> Programme:
    """A gas-driven pump runs at the flow it was made with, from the day it was implanted."""
    implanted_at = datetime.combine(
        pump.implanted_on, datetime.min.time(), tzinfo=pump.clinic.zone
    )
    return Programme(
        pump=pump,
        effective_at=implanted_at,
        mode=Mode.FIXED_FLOW,
        flow_ml_per_day=flow,
        steps=[],
        note=SET_BY_THE_MAKER,
        recorded_at=now,
        recorded_by_id=by.id,
    )


def correct_pump(
    session: Session,
    pump: Pump,
    facts: PumpDetails,
    *,
    reason: str,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> PumpRevision:
    """Put a pump's details right; what stood there before is kept, and the dates follow."""
    if is_blank(reason):
        raise NoReason("Say why the pump's details are changed.", field="reason")
    facts, old = replace(facts, serial=facts.serial.strip()), details_of(pump)
    if facts == old:
        raise NothingChanged("Nothing differs from what is on record.")
    check_details(session, pump.patient, pump.model, facts, pump=pump, now=now)
    _check_records(session, pump, facts)
    take_version(session, pump, seen_version)
    revision = PumpRevision(
        pump_id=pump.id,
        before=old.as_json(),
        after=facts.as_json(),
        reason=reason.strip(),
        recorded_at=now,
        recorded_by_id=by.id,
    )
    _take(pump, facts)
    session.add(revision)
    session.flush()
    _correct_fixed_flow(session, pump, revision, by)
    if facts.owner is not old.owner:
        hand_over(session, pump, old.owner, facts.owner)
    reproject(session, pump, because=Evidence(EvidenceKind.PUMP_REVISION, revision.id), now=now)
    look_at_pump(session, pump, by=by, now=now)
    return revision


def _check_records(session: Session, pump: Pump, facts: PumpDetails) -> None:
    """Refuse details that the records in force contradict: one of the two is wrong."""
    known = facts.is_implant_day_known
    for one in chart_of(session, pump).fills:
        if known and one.fill.at.astimezone(pump.clinic.zone).date() < facts.implanted_on:
            raise InTheFuture(
                "A refill is on record before that day: correct it first.",
                field="implanted_on",
            )
        if one.fill.volume_ml > facts.reservoir_capacity_ml:
            volume = format_quantity(one.fill.volume_ml, Quantity.VOLUME)
            raise VolumeAboveCapacity(
                f"A refill of {volume} is on record: correct it first.",
                field="reservoir_capacity_ml",
            )


def _correct_fixed_flow(
    session: Session, pump: Pump, revision: PumpRevision, by: Staff
) -> None:
    """Let the maker's flow follow, as a programme that replaces the one of the implant."""
    flow, told = pump.fixed_flow_ml_per_day, ("fixed_flow_ml_per_day", "implanted_on")
    if flow is None or all(revision.before[name] == revision.after[name] for name in told):
        return
    row = _fixed_programme(pump, flow, by, revision.recorded_at)
    row.reason = revision.reason
    for old in programmes_in_force(session, pump):
        if old.mode is Mode.FIXED_FLOW and old.note == SET_BY_THE_MAKER:
            row.replaces_id = old.id
    session.add(row)
    session.flush()


def end_pump(
    session: Session,
    pump: Pump,
    *,
    kind: PumpEnd,
    ended_on: date,
    note: str,
    assurance: Assurance = NO_ASSURANCE,
    second: Staff | None = None,
    is_followed: bool = False,
    seen_version: int | None = None,
    by: Staff,
    now: datetime,
) -> None:
    """End a pump's watches with evidence: explant, replacement, death, accepted transfer.

    `ended_on` is the day on which it was so; when it is recorded is another. `second` confirms
    it; of an end that is followed by another pump, which is watched, nobody is asked.
    The first end stands: a second one would overwrite what was known of it.
    """
    take_version(session, pump, seen_version)
    if pump.ended_at is not None:
        raise AlreadyEnded(
            "This pump has ended already; what was recorded of its end stays.", field="kind"
        )
    check_day(session, pump, ended_on, now=now)
    evidence = evidence_of(session, pump, kind, note, assurance, now=now)
    facts: dict[str, Any] = {"kind": kind, "ended_on": ended_on, "note": evidence}
    row = record_end(session, pump, **facts, second=second, by=by, now=now)
    end_with_pump(session, pump, by=by, now=now)
    recalls.end_with_pump(session, pump, what=f"{kind}: {pump.end_note}", by=by, now=now)
    close_all(session, pump, now=now)
    if not is_followed:
        ask_second(session, row, now=now)
