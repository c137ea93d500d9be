"""The watch on an end: all that is left of a pump's watch, until another has confirmed it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import WatchKind
from tracker.domain.ending_ladder import confirm_by
from tracker.domain.escalation import Level
from tracker.domain.risk import RiskClass
from tracker.models import Ending, Pump, Watch
from tracker.services.lifespans import born, follow_policy, keep
from tracker.services.pump_checks import is_member

WAITS = "No second person has confirmed it yet."


def ask_second(session: Session, row: Ending, *, now: datetime) -> None:
    """Open the watch that asks for the second person's word."""
    was = _as_it_was(session, row.pump)
    by = confirm_by(now, refill_by=was.refill_by, was_urgent=was.was_urgent)
    keep_asked(session, row, by, WAITS, now=now)


def keep_asked(
    session: Session, row: Ending, danger_at: datetime, sentence: str, *, now: datetime
) -> None:
    """Open the watch on this end, or move the open one to an earlier day."""
    pump, was = row.pump, _as_it_was(session, row.pump)
    watch = session.scalar(sa.select(Watch).where(Watch.open_key == key_of(pump)))
    is_new = watch is None
    if watch is None:
        watch = Watch(
            **born(
                WatchKind.ENDING,
                key_of(pump),
                clinic_id=pump.clinic_id,
                pump_id=pump.id,
                owner_id=_who_is_asked(session, row),
                now=now,
            )
        )
        watch.drugs = was.drugs
        follow_policy(session, watch, was.risk_class, now=now)
    watch.danger_at = danger_at
    watch.explanation = {"sentence": sentence, "ending_id": row.id}
    keep(session, watch, is_new=is_new, has_moved=not is_new, now=now)


def _who_is_asked(session: Session, row: Ending) -> int | None:
    """Whom it names, unless they have left, or the patient them, before it was disputed."""
    pump, second = row.pump, row.second
    is_here = second is not None and is_member(session, second, pump.clinic_id)
    return row.second_id if is_here else pump.clinic.last_resort_id


@dataclass(frozen=True, slots=True)
class _Was:
    """What the watches said that this end has closed."""

    refill_by: datetime | None
    was_urgent: bool
    drugs: str
    risk_class: RiskClass


def _as_it_was(session: Session, pump: Pump) -> _Was:
    closed = closed_by_end(session, pump)
    refill = next((one for one in closed if one.kind is WatchKind.REFILL), None)
    return _Was(
        refill.danger_at if refill else None,
        any(one.level is Level.URGENT for one in closed),
        refill.drugs if refill else "",
        refill.risk_class if refill else RiskClass.CRITICAL,
    )


def closed_by_end(session: Session, pump: Pump) -> list[Watch]:
    """The watches that the end of this pump has closed."""
    asked = sa.select(Watch).where(Watch.pump_id == pump.id, Watch.closed_at == pump.ended_at)
    return list(session.scalars(asked.order_by(Watch.id)))


def key_of(pump: Pump) -> str:
    """Not one of the pump's own keys: late records of an ended pump end those."""
    return f"end:{pump.id}"
