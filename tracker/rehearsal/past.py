"""The copy turned back: what was recorded after a moment is taken out, to be told again later.

Records are only ever added, so the past is what is left when the later rows are gone. Where a
watch stood then is read off its messages, which are the record of its climb.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.escalation import LOOK_AGAIN_NAME
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.domain.message import MessageState
from tracker.models import (
    Appointment,
    Assessment,
    Attempt,
    Bolus,
    Event,
    EventEnd,
    Heartbeat,
    Message,
    Programme,
    Pump,
    Reading,
    RecallPump,
    Refill,
    RefillDrug,
    ReplacementStep,
    Review,
    SilenceRow,
    Watch,
)
from tracker.services.plans import JUMPED_OVER
from tracker.services.watches import open_key, reproject

# The kinds that a pump's records open and close. The others watch the watching itself, or hang
# on what is not told again.
OF_RECORDS = (
    WatchKind.REFILL,
    WatchKind.BATTERY,
    WatchKind.NO_DATA,
    WatchKind.MISMATCH,
    WatchKind.STOPPED,
    WatchKind.DISCREPANCY,
    WatchKind.INTERROGATION,
    WatchKind.ASSESSMENT,
    WatchKind.RAISED_FLOW,
    WatchKind.REVIEW,
)
TABLES = (Refill, Programme, Bolus, Reading, Assessment, Event, EventEnd, Review)
# Not told again; where the pump itself comes later there is none of it.
HANGS_ON_PUMPS = (Appointment, RecallPump, ReplacementStep)


@dataclass(frozen=True, slots=True)
class Later:
    """One thing that was written down after the moment, by a row or by an end."""

    at: datetime
    pump_id: int
    table: Any
    row: dict[str, Any]


def turn_back(session: Session, moment: datetime) -> list[Later]:
    """Make the copy what the database was at `moment`; what came later, in its order."""
    found = _take_records(session, moment) + _take_silences(session, moment)
    _take_messages(session, moment)
    _delete(session, Heartbeat, Heartbeat.ticked_at > moment)  # or the clock went back
    found += _take_pumps(session, moment)
    _reopen(session, moment)
    session.flush()
    session.expire_all()
    for pump in session.scalars(sa.select(Pump).where(Pump.ended_at.is_(None))).all():
        reproject(session, pump, because=Evidence(EvidenceKind.REHEARSAL), now=moment)
    return sorted(found, key=lambda one: (one.at, one.pump_id))


def _rows(session: Session, table: Any, *which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    columns = [one for one in table.__table__.columns if one.computed is None]
    asked = sa.select(*columns).where(*which).order_by(table.id)
    return [dict(row._mapping) for row in session.execute(asked)]


def _delete(session: Session, table: Any, *which: sa.ColumnElement[bool]) -> None:
    session.execute(sa.delete(table).where(*which).execution_options(synchronize_session=False))


def _take_records(session: Session, moment: datetime) -> list[Later]:
    drugs = sa.select(Refill.id).where(Refill.recorded_at > moment)
    found = [
        Later(row["recorded_at"], row["pump_id"], table, row)
        for table in TABLES
        for row in _rows(session, table, table.recorded_at > moment)
    ]
    of_refill: dict[int, list[dict[str, Any]]] = {}
    for row in _rows(session, RefillDrug, RefillDrug.refill_id.in_(drugs)):
        of_refill.setdefault(row["refill_id"], []).append(row)
    for one in list(found):
        if one.table is Refill:
            found += [
                Later(one.at, one.pump_id, RefillDrug, row)
                for row in of_refill.get(one.row["id"], [])
            ]
    _delete(session, RefillDrug, RefillDrug.refill_id.in_(drugs))
    for table in reversed(TABLES):  # what names another row goes before it
        _delete(session, table, table.recorded_at > moment)
    return found


def _take_silences(session: Session, moment: datetime) -> list[Later]:
    """Silences that began later; those that ended later are in force again.

    A silence is told again on whichever watch of its pump and kind is open by then.
    """
    found = []
    asked = (
        sa.select(SilenceRow, Watch.pump_id, Watch.kind)
        .join(Watch, Watch.id == SilenceRow.watch_id)
        .where(sa.or_(SilenceRow.began_at > moment, SilenceRow.ended_at > moment))
    )
    for silence, pump_id, kind in session.execute(asked).all():
        if pump_id is None or kind not in OF_RECORDS:
            continue
        facts = {c.name: getattr(silence, c.name) for c in SilenceRow.__table__.columns}
        facts |= {"kind_of_watch": kind}
        if silence.began_at > moment:
            found.append(Later(silence.began_at, pump_id, SilenceRow, facts))
        if silence.ended_at is not None and silence.ended_by_id is not None:
            found.append(Later(silence.ended_at, pump_id, None, facts))
        silence.ended_at, silence.ended_because, silence.ended_by_id = None, "", None
    session.flush()
    _delete(session, SilenceRow, SilenceRow.began_at > moment)
    return found


def _take_messages(session: Session, moment: datetime) -> None:
    """Messages of later are gone; those that were not sent yet wait again."""
    session.execute(
        sa.update(Message).values(leader_id=None).execution_options(synchronize_session=False)
    )
    _delete(session, Attempt, Attempt.started_at > moment)
    _delete(session, Message, Message.planned_at > moment)
    session.execute(
        sa.update(Message)
        .where(Message.sent_at > moment)
        .values(state=MessageState.PLANNED, sent_at=None, delivered_at=None, attempts=0)
        .execution_options(synchronize_session=False)
    )


def _take_pumps(session: Session, moment: datetime) -> list[Later]:
    """Ends are undone, and pumps of later are not there yet."""
    found = []
    for row in _rows(session, Pump, Pump.ended_at > moment):
        ended = {
            name: row[name]
            for name in ("ended_at", "ended_on", "end_kind", "end_note", "ended_by_id")
        }
        found.append(Later(row["ended_at"], row["id"], "end", ended))
        none = dict.fromkeys(ended)
        session.execute(sa.update(Pump).where(Pump.id == row["id"]).values(**none))
    for row in _rows(session, Pump, Pump.recorded_at > moment):
        found.append(Later(row["recorded_at"], row["id"], Pump, row))
    later = sa.select(Pump.id).where(Pump.recorded_at > moment)
    for table in HANGS_ON_PUMPS:
        _delete(session, table, table.pump_id.in_(later))
    _delete(session, ReplacementStep, ReplacementStep.new_pump_id.in_(later))
    _delete(session, Watch, Watch.pump_id.in_(later))
    _delete(session, Pump, Pump.recorded_at > moment)
    return found


def _reopen(session: Session, moment: datetime) -> None:
    """The watches that were open then, where they stood; those of later are gone."""
    of_later = sa.select(Watch.id).where(Watch.opened_at > moment)
    _delete(session, SilenceRow, SilenceRow.watch_id.in_(of_later))
    _delete(session, Watch, Watch.opened_at > moment)
    open_then = sa.or_(Watch.closed_at.is_(None), Watch.closed_at > moment)
    for watch in session.scalars(sa.select(Watch).where(open_then)).all():
        if watch.kind not in OF_RECORDS or watch.pump is None:
            _end(watch, moment)
            continue
        watch.closed_at = watch.evidence_kind = watch.evidence_id = None
        watch.open_key = open_key(watch.pump, watch.kind)
        watch.owner_id = watch.owner_id or watch.pump.owner_id
        watch.visit_at = watch.reopens_at = None
        watch.round, watch.cursor, watch.fired_at = _position(session, watch)
        watch.next_action_at, watch.next_action = moment, LOOK_AGAIN_NAME
        session.flush()


def _end(watch: Watch, moment: datetime) -> None:
    if watch.closed_at is None:
        watch.closed_at, watch.open_key = moment, None
        watch.evidence_kind = EvidenceKind.REHEARSAL


def _position(session: Session, watch: Watch) -> tuple[int, int, datetime | None]:
    """Round, step and moment of the last message of this watch that was not jumped over."""
    last = session.execute(
        sa.select(Message.round, Message.step, Message.planned_at)
        .where(Message.watch_id == watch.id, Message.state_reason != JUMPED_OVER)
        .order_by(Message.round.desc(), Message.step.desc())
        .limit(1)
    ).first()
    return (last.round, last.step, last.planned_at) if last else (0, 0, None)
