"""The second person at a refill says so themselves: agreed, or why not.

The refill counts from the moment at which it is recorded, for the pump was filled. Whoever
was named as the second person finds it in a list of their own until they have said so.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from tracker.domain.blank import is_blank
from tracker.domain.danger import WatchKind
from tracker.domain.errors import TrackerError
from tracker.domain.evidence import Evidence, EvidenceKind
from tracker.models import Countersign, Pump, Refill, Staff
from tracker.services.charts import chart_of
from tracker.services.faults import Cause, raise_fault
from tracker.services.in_force import in_force
from tracker.services.lifespans import close_keys
from tracker.services.outlooks import look_ahead
from tracker.services.versions import stay_here

# Ours: who hasn't said within a month what they saw will not remember it.
ASKED_FOR = timedelta(days=30)


Column = int | InstrumentedAttribute[int]
Moment = datetime | sa.BindParameter[datetime]


class NotYours(TrackerError):
    code = "not_yours"


def _waiting(clinic_id: Column, staff_id: Column, since: Moment) -> sa.ColumnElement[bool]:
    """Of refills in force, joined with their pumps: those that wait for this person's word."""
    return sa.and_(
        Pump.clinic_id == clinic_id,
        Refill.checked_by_id == staff_id,
        Refill.recorded_at >= since,
        ~sa.exists().where(Countersign.refill_id == Refill.id),
    )


def to_countersign(
    session: Session, clinic_id: int, staff_id: int, *, now: datetime
) -> list[Refill]:
    """The refills that wait for the word of this person, their second, oldest first."""
    asked = (
        in_force(Refill)
        .join(Pump, Pump.id == Refill.pump_id)
        .where(_waiting(clinic_id, staff_id, now - ASKED_FOR))
        .order_by(Refill.recorded_at, Refill.id)
        .options(joinedload(Refill.pump).joinedload(Pump.patient))
    )
    return list(session.scalars(asked))


def count_waiting(
    clinic_id: Column, staff_id: Column, *, since: Moment
) -> sa.ScalarSelect[int]:
    """How many refills wait for somebody's word, as part of a larger question.

    `since` is as long ago as somebody is asked for.
    """
    newer = aliased(Refill)
    return (
        sa.select(sa.func.count(Refill.id))
        .join(Pump, Pump.id == Refill.pump_id)
        .where(
            _waiting(clinic_id, staff_id, since),
            Refill.is_void.is_(False),
            ~sa.exists().where(newer.replaces_id == Refill.id),
        )
        .scalar_subquery()
    )


def recorder_of(session: Session, refill: Refill) -> str:
    """Who wrote the refill down, by name."""
    return session.get_one(Staff, refill.recorded_by_id).name


def signed_of(session: Session, refill_ids: Iterable[int]) -> dict[int, Countersign]:
    """The newest word of the second person on each of these refills."""
    asked = (
        sa.select(Countersign)
        .where(Countersign.refill_id.in_(list(refill_ids)))
        .options(joinedload(Countersign.recorded_by))
        .order_by(Countersign.id)
    )
    return {one.refill_id: one for one in session.scalars(asked)}


def signed_of_pump(session: Session, pump_id: int) -> dict[int, Countersign]:
    """The same for every refill of a pump."""
    return signed_of(
        session, session.scalars(sa.select(Refill.id).where(Refill.pump_id == pump_id))
    )


def countersign(
    session: Session,
    refill: Refill,
    *,
    is_agreed: bool,
    reason: str = "",
    by: Staff,
    now: datetime,
) -> Countersign:
    """Write down what the second person says; a disagreement is watched until it is settled."""
    stay_here(session, refill.pump)
    if refill.checked_by_id != by.id:
        raise NotYours("Only who is named as the second person says so, by their own sign-in.")
    newer = session.scalar(sa.select(Refill.id).where(Refill.replaces_id == refill.id))
    if newer is not None or refill.is_void:
        raise NotYours("This refill has been corrected or struck out meanwhile: look again.")
    if not is_agreed and is_blank(reason):
        raise NotYours("Say what was otherwise.", field="reason")
    before = signed_of(session, [refill.id]).get(refill.id)
    if before is not None and (before.is_agreed, before.reason) == (is_agreed, reason.strip()):
        raise NotYours("You have said so already: it is written down.", field="reason")
    row = Countersign(
        pump_id=refill.pump_id,
        refill=refill,
        is_agreed=is_agreed,
        reason=reason.strip(),
        recorded_at=now,
        recorded_by_id=by.id,
    )
    session.add(row)
    session.flush()
    if is_agreed:
        close_keys(session, [_key(refill)], Evidence(EvidenceKind.COUNTERSIGN, row.id), now=now)
    else:
        _watch(session, refill, row, by=by, now=now)
    return row


def _watch(
    session: Session, refill: Refill, row: Countersign, *, by: Staff, now: datetime
) -> None:
    pump = refill.pump
    if pump.ended_at is not None:
        return  # it is watched no more; what was said stays on record
    cause = Cause(
        _key(refill),
        pump.clinic_id,
        f"{by.name}, the second person, says that it was not as entered: {row.reason}",
        pump_id=pump.id,
        facts=(("refill_id", refill.id),),
        risk_class=look_ahead(pump, chart_of(session, pump)).risk,
        owner_id=pump.owner_id,
    )
    raise_fault(session, WatchKind.DISPUTE, cause, now=now)


def dispute_again(session: Session, pump: Pump, *, now: datetime) -> None:
    """Watch what was disputed of a pump's refills, once its end has been undone."""
    refills = session.scalars(in_force(Refill).where(Refill.pump_id == pump.id)).all()
    said = signed_of(session, [one.id for one in refills])
    for refill in refills:
        newest = said.get(refill.id)
        if newest is not None and not newest.is_agreed:
            _watch(session, refill, newest, by=newest.recorded_by, now=now)


def settle_dispute(
    session: Session, refill: Refill, *, evidence: Evidence, now: datetime
) -> None:
    """A refill that was corrected or struck out is disputed no more: the new row is."""
    close_keys(session, [_key(refill)], evidence, now=now)


def _key(refill: Refill) -> str:
    return f"{refill.pump_id}:{WatchKind.DISPUTE}:{refill.id}"
