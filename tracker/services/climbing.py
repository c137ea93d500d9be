"""Climbing: due watches take their next step, and their messages are planned with it.

State and messages share one transaction, so a crash loses both or neither. Work is done in
batches of plain rows: a tick may have ten thousand watches to move.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import (
    Anchors,
    Ladder,
    Move,
    Position,
    ladder_from,
    next_move,
)
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.message import Channel
from tracker.domain.visit import VisitState
from tracker.domain.webhook import EventKind
from tracker.models import Appointment, Policy, SilenceRow, Watch
from tracker.services import hushes, plans, rosters
from tracker.services.asking import rows_from
from tracker.services.faults import Cause, raise_fault
from tracker.services.lifespans import close_keys
from tracker.services.webhook_events import tell

BATCH = 1000
POISON_WAIT = timedelta(hours=1)  # a watch that can't be climbed is looked at again after this
SET_ASIDE = "look again after a fault"


@dataclass(slots=True)
class Known:
    """What one tick has looked up: ladders by policy, and people."""

    ladders: dict[int, Ladder] = field(default_factory=dict)
    people: rosters.People = field(default_factory=rosters.People)


def known_by(channels: frozenset[Channel]) -> Known:
    """Nothing looked up yet, of a tick that may plan for these channels."""
    return Known(people=rosters.People(channels))


@dataclass(slots=True)
class Climbed:
    """What one batch did; `ids` are the watches it moved."""

    planned: int = 0
    skipped: int = 0
    ids: list[int] = field(default_factory=list)


_DUE = (
    sa.select(
        Watch.id,
        Watch.clinic_id,
        Watch.pump_id,
        Watch.kind,
        Watch.policy_id,
        Watch.owner_id,
        Watch.danger_at,
        Watch.dry_at,
        Watch.opened_at,
        Watch.counts_from_at,
        Watch.leaves_at,
        Watch.leaving_known_at,
        Watch.cursor,
        Watch.round,
        Watch.fired_at,
        Watch.inhibited_by,
        Watch.level,
        *hushes.COLUMNS,
    )
    .outerjoin(SilenceRow, hushes.IN_FORCE)
    .where(
        Watch.closed_at.is_(None),
        Watch.next_action_at <= sa.bindparam("now", type_=Watch.next_action_at.type),
    )
    .order_by(Watch.next_action_at, Watch.id)
    # SQLite, which has one writer at a time, leaves these words out
    .with_for_update(skip_locked=True, of=Watch)
)
_ALL_DUE: sa.Select[*tuple[Any, ...]] = _DUE.limit(sa.bindparam("most", type_=sa.Integer))
_ONE_DUE: sa.Select[*tuple[Any, ...]] = _DUE.where(Watch.id == sa.bindparam("watch_id"))
_LADDERS = sa.select(Policy.id, Policy.steps).where(
    Policy.id.in_(sa.bindparam("ids", expanding=True))
)
_SET_ASIDE = sa.select(Watch.open_key).where(
    Watch.open_key.in_(sa.bindparam("keys", expanding=True))
)


def due_ids(session: Session, *, now: datetime) -> list[int]:
    """A batch of the open watches that are due, longest waiting first."""
    asked = (
        sa.select(Watch.id)
        .where(Watch.closed_at.is_(None), Watch.next_action_at <= now)
        .order_by(Watch.next_action_at, Watch.id)
        .limit(BATCH)
    )
    return list(session.scalars(asked))


def climb(session: Session, known: Known, *, now: datetime) -> Climbed:
    """Move a batch of the watches that are due, and plan what they have to say."""
    rows = rows_from(session).execute(_ALL_DUE, {"now": now, "most": BATCH}).all()
    return _climb_due(session, known, rows, now=now)


def climb_one(session: Session, known: Known, watch_id: int, *, now: datetime) -> Climbed:
    """Move one watch, if it is due still."""
    rows = rows_from(session).execute(_ONE_DUE, {"now": now, "watch_id": watch_id}).all()
    return _climb_due(session, known, rows, now=now)


def set_aside(session: Session, watch_id: int, fault: str, *, now: datetime) -> str:
    """Put off for an hour a watch that can't be climbed, and raise an alarm for it."""
    asked = sa.select(Watch.clinic_id, Watch.pump_id, Watch.kind).where(Watch.id == watch_id)
    clinic_id, pump_id, kind = session.execute(asked).one()
    session.execute(
        sa.update(Watch)
        .where(Watch.id == watch_id)
        .values(next_action_at=now + POISON_WAIT, next_action=SET_ASIDE)
        .execution_options(synchronize_session=False)
    )
    sentence = f"Watch {watch_id} can't be taken further, so it reminds nobody: {fault}."
    if kind is not WatchKind.SYSTEM:
        facts = (("watch_id", watch_id),)
        cause = Cause(_poison_key(watch_id), clinic_id, sentence, pump_id=pump_id, facts=facts)
        raise_fault(session, WatchKind.SYSTEM, cause, now=now)
    return sentence


def _poison_key(watch_id: int) -> str:
    return f"watch:{watch_id}:system"


def _climb_due(
    session: Session, known: Known, rows: Sequence[sa.Row[Any]], *, now: datetime
) -> Climbed:
    if not rows:
        return Climbed()
    _learn(session, known, rows, now=now)
    moves = [
        (row, known.ladders[row.policy_id], _move(known.ladders[row.policy_id], row, now=now))
        for row in rows
    ]
    _learn_contacts(session, known, moves)
    batch = plans.Batch(came=_who_came(session, moves))
    for row, ladder, move in moves:
        plans.take(batch, known.people, row, ladder, move, now=now)
    hushes.end_broken(
        session, [(row.silence_id, move.ends_silence) for row, _, move in moves], now=now
    )
    planned = plans.write(session, batch)
    tell(session, EventKind.LEVEL, _of_another_level(rows, batch), now=now)
    plans.report(session, batch, now=now)
    mended = [_poison_key(row.id) for row in rows]
    if rows_from(session).scalar(_SET_ASIDE, {"keys": mended}) is not None:
        # mostly none was, and to close nothing takes ten times as long as to ask
        close_keys(session, mended, Evidence(EvidenceKind.CLIMBED_AGAIN), now=now)
    return Climbed(planned, batch.skipped, [row.id for row in rows])


def _learn(
    session: Session, known: Known, rows: Sequence[sa.Row[Any]], *, now: datetime
) -> None:
    unknown = {row.policy_id for row in rows} - known.ladders.keys()
    named: set[int] = set()
    if unknown:
        for policy_id, steps in rows_from(session).execute(_LADDERS, {"ids": unknown}):
            ladder = known.ladders[policy_id] = ladder_from(steps)
            named.update(one for step in ladder.steps for one in step.people)
    rosters.learn(
        session,
        known.people,
        clinics={row.clinic_id for row in rows},
        staff={row.owner_id for row in rows} | named,
        now=now,
    )


def _move(ladder: Ladder, row: sa.Row[Any], *, now: datetime) -> Move:
    anchors = Anchors(
        danger_at=row.danger_at,
        dry_at=row.dry_at,
        opened_at=row.opened_at,
        counts_from_at=row.counts_from_at,
        leaves_at=row.leaves_at,
        leaving_known_at=row.leaving_known_at,
    )
    position = Position(row.cursor, row.round, row.fired_at)
    return next_move(ladder, anchors, position, hushes.of_row(row), now=now)


def _learn_contacts(
    session: Session, known: Known, moves: list[tuple[sa.Row[Any], Ladder, Move]]
) -> None:
    pumps = {row.pump_id for row, _, move in moves if row.pump_id and _tells_outside(move)}
    if pumps:
        rosters.learn_contacts(session, known.people, pumps)


def _tells_outside(move: Move) -> bool:
    """Whether a step that is said now names the patient or those close."""
    said = (move.fires, move.to_patient)
    return any(one and rosters.RELATIONS.keys() & set(one.targets) for one in said)


def _of_another_level(rows: Sequence[sa.Row[Any]], batch: plans.Batch) -> list[int]:
    """The watches that a move has made louder, or quieter."""
    before = {row.id: row.level for row in rows}
    return [one["id"] for one in batch.moved if one["level"] is not before[one["id"]]]


def _who_came(session: Session, moves: list[tuple[sa.Row[Any], Ladder, Move]]) -> set[int]:
    """The pumps whose patients were at the visit after which the watch speaks again."""
    visits = {row.pump_id: row.visit_at for row, _, move in moves if move.to_patient}
    if not visits:
        return set()
    asked = sa.select(Appointment.pump_id, Appointment.scheduled_at).where(
        Appointment.pump_id.in_(visits), Appointment.state == VisitState.KEPT
    )
    return {pump_id for pump_id, at in session.execute(asked) if visits[pump_id] == at}
