"""All rows that bear on one watch, from its opening to its evidence: what a report is made of.

It costs what happened to this watch and its pump in that time, and nothing of other pumps.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.position import step_dues
from tracker.domain.trail import Act
from tracker.models import (
    Appointment,
    Attempt,
    ContactAttempt,
    DeliveryReport,
    Message,
    Reply,
    SilenceRow,
    Staff,
    TrailEntry,
    Watch,
)
from tracker.services.assignments import assignments_of
from tracker.services.contact_attempts import calls_of
from tracker.services.histories import Entry, Revision, pump_history, pump_revisions
from tracker.services.lifespans import anchors_of
from tracker.services.policies import ladder_of
from tracker.services.silences import history_of

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Incident:
    """What was recorded, sent, answered, called, booked, seen and decided while it was open."""

    watch: Watch
    until: datetime
    due_at: datetime  # when somebody was to be told first, by the newest dates
    records: list[Entry]
    revisions: list[Revision]
    messages: list[Message]
    attempts: list[tuple[Message, Attempt]]
    reports: list[tuple[Message, DeliveryReport]]
    silences: list[SilenceRow]
    calls: list[ContactAttempt]
    visits: list[Appointment]
    replies: list[Reply]
    handings: list[tuple[TrailEntry, str]]  # who was made to answer for it, by name
    reasons: dict[datetime, str]  # why, by the moment of the handing
    looks: list[TrailEntry]  # who opened the page of the pump or of the watch


def incident_of(session: Session, watch: Watch, *, now: datetime) -> Incident:
    """Everything known of `watch`, each list in the order in which it happened."""
    until = watch.closed_at or now
    messages = _messages(session, watch)
    by_number = {one.id: one for one in messages}
    pump = watch.pump
    return Incident(
        watch=watch,
        until=until,
        due_at=_first_due(watch),
        records=[
            one
            for one in reversed(pump_history(session, pump) if pump else [])
            if _is_within(_times_of(one), watch.opened_at, until)
        ],
        revisions=[
            one
            for one in reversed(pump_revisions(session, pump) if pump else [])
            if watch.opened_at <= one.recorded_at <= until
        ],
        messages=messages,
        attempts=_of_messages(session, Attempt, watch, by_number),
        reports=_of_messages(session, DeliveryReport, watch, by_number),
        silences=history_of(session, watch)[::-1],
        calls=calls_of(session, watch)[::-1],
        visits=_visits(session, watch, until),
        replies=_replies(session, watch, until),
        handings=_handings(session, watch),
        reasons={one.given_at: one.reason for one in assignments_of(session, watch)},
        looks=_looks(session, watch, until),
    )


def _first_due(watch: Watch) -> datetime:
    """When the first step of the ladder became due: not before there was a watch."""
    dues = step_dues(ladder_of(watch.policy), anchors_of(watch))
    return max(watch.opened_at, min((one for one in dues if one), default=watch.opened_at))


def _times_of(entry: Entry) -> list[datetime]:
    newer = entry.replaced_by
    return [entry.record.recorded_at, *([newer.recorded_at] if newer else [])]


def _is_within(times: Iterable[datetime], begin: datetime, end: datetime) -> bool:
    return any(begin <= one <= end for one in times)


def _messages(session: Session, watch: Watch) -> list[Message]:
    asked = (
        sa.select(Message)
        .where(Message.watch_id == watch.id)
        .options(joinedload(Message.staff), joinedload(Message.contact))
        .order_by(Message.id)
    )
    return list(session.scalars(asked))


def _of_messages(
    session: Session, table: Any, watch: Watch, messages: dict[int, Message]
) -> list[tuple[Message, Any]]:
    """The rows of `table` that belong to these messages, each beside its message."""
    mine = sa.select(Message.id).where(Message.watch_id == watch.id)
    asked = sa.select(table).where(table.message_id.in_(mine)).order_by(table.id)
    return [(messages[one.message_id], one) for one in session.scalars(asked)]


def _visits(session: Session, watch: Watch, until: datetime) -> list[Appointment]:
    if watch.pump_id is None:
        return []
    asked = (
        sa.select(Appointment)
        .where(
            Appointment.pump_id == watch.pump_id,
            Appointment.booked_at <= until,
            sa.or_(Appointment.ended_at.is_(None), Appointment.ended_at >= watch.opened_at),
        )
        .options(joinedload(Appointment.booked_by), joinedload(Appointment.ended_by))
        .order_by(Appointment.id)
    )
    return list(session.scalars(asked))


def _replies(session: Session, watch: Watch, until: datetime) -> list[Reply]:
    """What was answered to it, and whatever else this patient answered meanwhile."""
    whose = [Reply.watch_id == watch.id]
    if watch.pump is not None:
        whose.append(
            sa.and_(
                Reply.patient_id == watch.pump.patient_id,
                Reply.received_at.between(watch.opened_at, until),
            )
        )
    asked = (
        sa.select(Reply)
        .where(Reply.clinic_id == watch.clinic_id, sa.or_(*whose))
        .options(joinedload(Reply.contact), joinedload(Reply.handled_by))
        .order_by(Reply.id)
    )
    return list(session.scalars(asked))


def _handings(session: Session, watch: Watch) -> list[tuple[TrailEntry, str]]:
    """By the index of acts: few of them change a watch."""
    asked = (
        sa.select(TrailEntry)
        .where(
            TrailEntry.clinic_id == watch.clinic_id,
            TrailEntry.act == Act.CHANGED,
            TrailEntry.at >= watch.opened_at,
            TrailEntry.what == "watch",
            TrailEntry.row_id == watch.id,
        )
        .order_by(TrailEntry.id)
    )
    found = [(one, _owner(one)) for one in session.scalars(asked)]
    people = sa.select(Staff.id, Staff.name).where(Staff.id.in_({who for _, who in found}))
    names = {row.id: row.name for row in session.execute(people)}
    return [(one, names[who]) for one, who in found if who in names]


def _owner(entry: TrailEntry) -> int | None:
    try:
        found = json.loads(entry.after or "{}").get("owner_id")
    except ValueError:  # tampered with; verify-audit names it
        return None
    return found if isinstance(found, int) else None


def _looks(session: Session, watch: Watch, until: datetime) -> list[TrailEntry]:
    if watch.pump is None:
        return []
    opened = sa.tuple_(TrailEntry.what, TrailEntry.row_id)
    asked = (
        sa.select(TrailEntry)
        .where(
            TrailEntry.patient_id == watch.pump.patient_id,
            TrailEntry.act == Act.VIEWED,
            opened.in_([("pumps.show", watch.pump_id), ("watches.show", watch.id)]),
            TrailEntry.at.between(watch.opened_at, until),
        )
        .order_by(TrailEntry.id)
    )
    return list(session.scalars(asked))
