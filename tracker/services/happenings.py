"""What has happened to a pump and its patient, read as the rules want it."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.events import (
    Asked,
    EventKind,
    Happened,
    MotorReading,
    assessment_asked,
    discharge_asked,
    flow_decision_asked,
    interrogation_asked,
)
from tracker.models import Event, EventEnd, Pump
from tracker.services.charts import Chart, chart_of
from tracker.services.in_force import in_force
from tracker.services.outlooks import model_facts

Row = tuple[Event, EventEnd | None]


@cache  # the alias is dear to make
def _with_ends() -> sa.Select[Any]:
    """Events in force, each with the end in force that it has, if it has one."""
    newer = aliased(EventEnd)
    counts = sa.and_(
        EventEnd.event_id == Event.id,
        EventEnd.is_void.is_(False),
        ~sa.exists().where(newer.replaces_id == EventEnd.id),
    )
    return in_force(Event).add_columns(EventEnd).outerjoin(EventEnd, counts)


@cache
def _of_pump() -> sa.Select[Any]:
    asked = _with_ends().where(Event.pump_id == sa.bindparam("pump_id"))
    return asked.order_by(Event.started_at.desc(), Event.id.desc())


def events_of(session: Session, pump: Pump) -> list[Row]:
    """The pump's events that count, newest first, with how each ended."""
    found = session.execute(_of_pump(), {"pump_id": pump.id})
    return [(event, end) for event, end in found]


def happened(rows: Iterable[Row]) -> list[Happened]:
    """The same as the rules want it."""
    return [
        Happened(
            one.kind,
            one.started_at,
            end.ended_at if end else None,
            end.decided_by if end else "",
        )
        for one, end in rows
    ]


def admissions_of(session: Session, patient_ids: Iterable[int]) -> dict[int, Event]:
    """Where each of these patients is who is in a hospital elsewhere."""
    asked = (
        _with_ends()
        .join(Pump, Pump.id == Event.pump_id)
        .where(
            Pump.patient_id.in_(patient_ids),
            Event.kind == EventKind.ADMISSION,
            EventEnd.id.is_(None),
        )
        .options(contains_eager(Event.pump))
        .order_by(Event.started_at.desc(), Event.id.desc())
    )
    return {event.pump.patient_id: event for event, _ in session.execute(asked)}


def counted(session: Session, clinic_id: int, *, since: datetime, until: datetime) -> list[Row]:
    """The clinic's events from `since` to before `until`, newest first, with the patients."""
    asked = (
        _with_ends()
        .join(Pump, Pump.id == Event.pump_id)
        .where(Pump.clinic_id == clinic_id, Event.started_at >= since, Event.started_at < until)
        .options(
            contains_eager(Event.pump).options(*map(joinedload, (Pump.patient, Pump.model)))
        )
        .order_by(Event.started_at.desc(), Event.id.desc())
    )
    return [(event, end) for event, end in session.execute(asked)]


def asked_by_events(
    pump: Pump, rows: Iterable[Row], chart: Chart
) -> dict[WatchKind, Asked | None]:
    """What the pump's events ask somebody to see to, by the watch that asks."""
    events, model = happened(rows), model_facts(pump)
    read = [MotorReading(one.read_at, one.motor) for one in chart.readings]
    filled = [one.fill.at for one in chart.fills]
    return {
        # what can't be interrogated is not asked for: its page says what to do instead
        WatchKind.INTERROGATION: (
            interrogation_asked(events, read) if model.is_programmable else None
        ),
        WatchKind.ASSESSMENT: assessment_asked(events),
        WatchKind.RAISED_FLOW: (
            None if model.is_programmable else flow_decision_asked(events, filled)
        ),
    }


def asked_by_discharge(rows: Iterable[Row], chart: Chart) -> Asked | None:
    """Whether somebody has to find out what was done to the pump in a hospital elsewhere."""
    seen = [one.read_at for one in chart.readings] + [one.fill.at for one in chart.fills]
    return discharge_asked(happened(rows), seen)


def unsettled_stay(session: Session, pump: Pump, rows: Iterable[Row]) -> Event | None:
    """The stay elsewhere that is asked about; None where none is, or it has been settled."""
    stays = [(one, end) for one, end in rows if one.kind is EventKind.ADMISSION and end]
    if not stays or pump.ended_at is not None:
        return None
    asked = asked_by_discharge(stays, chart_of(session, pump))
    if asked is None:
        return None
    return next(one for one, end in stays if end and end.ended_at == asked.at)


def keep_admission(session: Session, pump: Pump, rows: Iterable[Row]) -> None:
    """Let the patient's row say since when they are in a hospital elsewhere, by any pump."""
    patient = pump.patient
    if patient.admitted_at is None and all(
        one.kind is not EventKind.ADMISSION for one, _ in rows
    ):
        return
    there = admissions_of(session, [patient.id]).get(patient.id)
    patient.admitted_at = there.started_at if there else None
