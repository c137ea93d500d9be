"""What a calendar address shows: dates of open watches, and visits from the last weeks on."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.agenda import Dated, Entry, Visit, lines_of, visit_line
from tracker.domain.danger import WatchKind
from tracker.domain.visit import VisitState
from tracker.models import ApiToken, Appointment, Patient, Pump, Scope, Watch

KINDS = (WatchKind.REFILL, WatchKind.BATTERY)
SHOWN = (VisitState.BOOKED, VisitState.KEPT, VisitState.CANCELLED)
# Ours: long enough for every program to have asked and learned that a visit was cancelled.
LOOK_BACK = timedelta(days=30)
CALENDARS = frozenset({Scope.READ_CALENDAR, Scope.READ_OWN_CALENDAR})


def entries(
    session: Session, token: ApiToken, *, now: datetime
) -> tuple[list[Entry], set[int]]:
    """The lines that this token may show, by their days, and the patients they tell of."""
    watches, visits = _watches(session, token), _visits(session, token, now=now)
    zone, found = token.clinic.zone, list[Entry]()
    for row in watches:
        found += lines_of(_dated(row), zone, now=now)
    chains = _chains(session, visits)
    found += [visit_line(_visit(row, *chains[row.id])) for row in visits]
    return found, {row.patient_id for row in (*watches, *visits)}


def _watches(session: Session, token: ApiToken) -> list[sa.Row[Any]]:
    asked = (
        sa.select(
            Watch.id,
            Watch.kind,
            Watch.pump_id,
            Watch.danger_at,
            Watch.date_moves,
            Watch.date_moved_at,
            Watch.opened_at,
            Patient.mrn,
            Patient.id.label("patient_id"),
        )
        .join(Pump, Pump.id == Watch.pump_id)
        .join(Patient, Patient.id == Pump.patient_id)
        .where(Watch.closed_at.is_(None), Watch.kind.in_(KINDS), *_seen_by(token, Watch))
        .order_by(Watch.danger_at, Watch.id)
    )
    return list(session.execute(asked))


def _visits(session: Session, token: ApiToken, *, now: datetime) -> list[sa.Row[Any]]:
    asked = (
        sa.select(
            Appointment.id,
            Appointment.pump_id,
            Appointment.scheduled_at,
            Appointment.state,
            Appointment.moved_from_id,
            Appointment.booked_at,
            Appointment.ended_at,
            Appointment.is_home,
            Patient.mrn,
            Patient.id.label("patient_id"),
        )
        .join(Pump, Pump.id == Appointment.pump_id)
        .join(Patient, Patient.id == Pump.patient_id)
        .where(
            Appointment.scheduled_at >= now - LOOK_BACK,
            Appointment.state.in_(SHOWN),
            *_seen_by(token, Appointment),
        )
        .order_by(Appointment.scheduled_at, Appointment.id)
    )
    return list(session.execute(asked))


def _seen_by(token: ApiToken, table: Any) -> list[sa.ColumnElement[bool]]:
    """Of the token's clinic, then and now; of its owner's pumps where it is their own."""
    of_clinic = [table.clinic_id == token.clinic_id, Pump.clinic_id == token.clinic_id]
    is_own = token.scope is Scope.READ_OWN_CALENDAR
    return [*of_clinic, Pump.owner_id == token.staff_id] if is_own else of_clinic


def _chains(session: Session, visits: list[sa.Row[Any]]) -> dict[int, tuple[int, int]]:
    """Of each visit the number of the first one, and how often it was moved since.

    One that was moved is a row of its own; to a calendar it is the same line, elsewhere.
    """
    back = {row.id: row.moved_from_id for row in visits}
    unknown = {one for one in back.values() if one is not None} - back.keys()
    while unknown:
        asked = sa.select(Appointment.id, Appointment.moved_from_id)
        back.update(
            (one.id, one.moved_from_id)
            for one in session.execute(asked.where(Appointment.id.in_(unknown)))
        )
        unknown = {one for one in back.values() if one is not None} - back.keys()
    return {row.id: _first(row.id, back) for row in visits}


def _first(visit_id: int, back: dict[int, int | None]) -> tuple[int, int]:
    moves = 0
    while (before := back[visit_id]) is not None:
        visit_id, moves = before, moves + 1
    return visit_id, moves


def _dated(row: sa.Row[Any]) -> Dated:
    return Dated(
        watch_id=row.id,
        kind=row.kind,
        pump_id=row.pump_id,
        mrn=row.mrn,
        danger_at=row.danger_at,
        moves=row.date_moves,
        changed_at=row.date_moved_at or row.opened_at,
    )


def _visit(row: sa.Row[Any], first_id: int, moves: int) -> Visit:
    is_cancelled = row.state is VisitState.CANCELLED
    return Visit(
        first_id=first_id,
        pump_id=row.pump_id,
        mrn=row.mrn,
        scheduled_at=row.scheduled_at,
        state=row.state,
        moves=moves + is_cancelled,  # RFC 5546: to cancel is a change of its own
        changed_at=row.ended_at or row.booked_at,
        is_home=row.is_home,
    )
