"""What the figures of a quality meeting are counted from: the lists behind them.

Each list is found by an index and costs what lies in its period, not what is stored.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tracker.domain.danger import Bucket, WatchKind
from tracker.domain.figures import RefillDone
from tracker.domain.message import TO_NOBODY, Channel
from tracker.domain.silence import CallResult
from tracker.domain.visit import VisitState
from tracker.models import (
    Appointment,
    Attempt,
    Clinic,
    ContactAttempt,
    Message,
    Patient,
    Pump,
    PumpEnd,
    Refill,
    Watch,
)
from tracker.services.boards import BoardFilters, BoardRow, board_rows
from tracker.services.lateness import late_by


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant until before another."""

    since: datetime
    until: datetime


def refills_done(session: Session, clinic: Clinic, period: Period) -> list[RefillDone]:
    """The refills that ended a watch in the period, as they stand now, the oldest first."""
    asked = (
        sa.select(Watch.danger_at, Watch.evidence_id, Pump, Patient)
        .join(Pump, Pump.id == Watch.pump_id)
        .join(Patient, Patient.id == Pump.patient_id)
        .where(
            Watch.clinic_id == clinic.id,
            Watch.kind == WatchKind.REFILL,
            Watch.evidence_kind == "refill",
            Watch.closed_at >= period.since,
            Watch.closed_at < period.until,
        )
        .order_by(Watch.closed_at, Watch.id)
    )
    found = session.execute(asked).all()
    fills = Fills(session, {row.Pump.id for row in found})
    done = []
    for row in found:
        refill = fills.as_it_stands(row.evidence_id)
        if refill is not None:
            done.append(
                RefillDone(
                    pump_id=row.Pump.id,
                    patient=f"{row.Patient.family_name}, {row.Patient.given_name}",
                    serial=row.Pump.serial,
                    filled_at=refill.filled_at,
                    refill_by_at=row.danger_at,
                    expected_ml=refill.expected_residual_volume_ml,
                    measured_ml=refill.actual_residual_volume_ml,
                    after_fill_before_ml=fills.put_in_before(refill),
                )
            )
    return done


class Fills:
    """All refills of some pumps, with what replaced what."""

    def __init__(self, session: Session, pump_ids: set[int]) -> None:
        rows = session.scalars(sa.select(Refill).where(Refill.pump_id.in_(pump_ids))).all()
        self._by_number = {row.id: row for row in rows}
        self._newer = {row.replaces_id: row for row in rows if row.replaces_id is not None}

    def as_it_stands(self, number: int) -> Refill | None:
        """The refill, or the correction that stands in its place; None if it was struck out."""
        row = self._by_number.get(number)
        while row is not None and row.id in self._newer:
            row = self._newer[row.id]
        return None if row is None or row.is_void else row

    def put_in_before(self, refill: Refill) -> Decimal | None:
        """What the refill before this one put in; None where it was the first."""
        earlier = [
            one
            for one in self._by_number.values()
            if one.pump_id == refill.pump_id
            and one.filled_at < refill.filled_at
            and one.id not in self._newer
            and not one.is_void
        ]
        newest = max(earlier, key=lambda one: one.filled_at, default=None)
        return newest.instilled_volume_ml if newest else None


@dataclass(frozen=True, slots=True)
class LateNow:
    """What the board calls late at a moment: how many of each kind, and its first rows.

    The board puts danger first, so that its first row need not be the one late the longest.
    """

    kinds: list[tuple[WatchKind, int]]
    rows: list[BoardRow]
    longest_since: datetime | None

    @property
    def count(self) -> int:
        return sum(count for _kind, count in self.kinds)


def late_now(session: Session, clinic: Clinic, *, limit: int, now: datetime) -> LateNow:
    """The watches of every kind whose date has come: the board's own, in its order."""
    number = sa.func.count()
    asked = (
        sa.select(Watch.kind, number, sa.func.min(Watch.danger_at))
        .where(Watch.clinic_id == clinic.id, Watch.closed_at.is_(None), late_by(now))
        .group_by(Watch.kind)
        .order_by(number.desc(), Watch.kind)
    )
    found = session.execute(asked).all()
    filters = BoardFilters(bucket=Bucket.LATE)
    return LateNow(
        kinds=[(kind, count) for kind, count, _first in found],
        rows=board_rows(session, clinic, filters, limit=limit, now=now),
        longest_since=min((first for _kind, _count, first in found if first), default=None),
    )


def reached_after(session: Session, clinic: Clinic, period: Period) -> list[timedelta]:
    """How long after its date had come somebody was reached about each late watch."""
    first = sa.func.min(ContactAttempt.called_at)
    asked = (
        sa.select(Watch.danger_at, first)
        .join(ContactAttempt, ContactAttempt.watch_id == Watch.id)
        .where(
            Watch.clinic_id == clinic.id,
            Watch.danger_at >= period.since,
            Watch.danger_at < period.until,
            ContactAttempt.result == CallResult.REACHED,
            ContactAttempt.called_at >= Watch.danger_at,
        )
        .group_by(Watch.id, Watch.danger_at)
    )
    return [called - due for due, called in session.execute(asked) if due is not None]


def visits(session: Session, clinic: Clinic, period: Period) -> dict[VisitState, int]:
    """How the visits of the period ended, by their number."""
    asked = (
        sa.select(Appointment.state, sa.func.count())
        .where(
            Appointment.clinic_id == clinic.id,
            Appointment.scheduled_at >= period.since,
            Appointment.scheduled_at < period.until,
        )
        .group_by(Appointment.state)
    )
    return {state: count for state, count in session.execute(asked)}


def sendings(
    session: Session, clinic: Clinic, period: Period
) -> list[tuple[Channel, str, int]]:
    """The attempts of the period by channel and outcome, with their number.

    What went to a channel that reaches nobody was handed over to nobody: `to_nobody`.
    """
    is_nowhere = sa.and_(
        Attempt.outcome == "sent", Message.provider_id.contains(TO_NOBODY, autoescape=True)
    )
    outcome = sa.case((is_nowhere, "to_nobody"), else_=Attempt.outcome).label("became")
    asked = (
        sa.select(Message.channel, outcome, sa.func.count())
        .join(Message, Message.id == Attempt.message_id)
        .where(
            Attempt.started_at >= period.since,
            Attempt.started_at < period.until,
            Message.clinic_id == clinic.id,
        )
        .group_by(Message.channel, outcome)
        .order_by(Message.channel, outcome)
    )
    return [(channel, became, count) for channel, became, count in session.execute(asked)]


def ended_pumps(
    session: Session, clinic: Clinic, first: date, last: date, period: Period
) -> list[tuple[PumpEnd, int]]:
    """How many pumps ended in the period, by how; of old ends the day of the entry counts."""
    ended_then = sa.or_(
        sa.and_(Pump.ended_on >= first, Pump.ended_on <= last),
        sa.and_(
            Pump.ended_on.is_(None),
            Pump.ended_at >= period.since,
            Pump.ended_at < period.until,
        ),
    )
    asked = (
        sa.select(Pump.end_kind, sa.func.count())
        .where(Pump.clinic_id == clinic.id, Pump.ended_at.is_not(None), ended_then)
        .group_by(Pump.end_kind)
        .order_by(Pump.end_kind)
    )
    return [(kind, count) for kind, count in session.execute(asked) if kind is not None]


def due_until(session: Session, clinic: Clinic, until: datetime) -> list[datetime]:
    """The refill-by dates of the open watches that lie before `until`, late ones too."""
    asked = sa.select(Watch.danger_at).where(
        Watch.clinic_id == clinic.id,
        Watch.closed_at.is_(None),
        Watch.danger_at < until,
        Watch.kind == WatchKind.REFILL,
    )
    return [one for one in session.scalars(asked) if one is not None]
