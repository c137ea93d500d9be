"""The lists behind the figures: each is found by an index and costs what its period holds."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from tracker.domain.danger import WatchKind
from tracker.domain.early_refills import EarlyRefill
from tracker.domain.message import Channel, MessageState
from tracker.domain.silence import CallResult
from tracker.domain.visit import VisitState, is_in_time
from tracker.models import (
    Appointment,
    Attempt,
    Clinic,
    ContactAttempt,
    DeliveryReport,
    DeviceAlarm,
    Message,
    Patient,
    Pump,
    Watch,
)
from tracker.services.alarm_lists import IS_HEAD, AlarmLine, lines_of
from tracker.services.bookings import BOOKED_FOR_IT, open_refills
from tracker.services.figures import Fills, Period
from tracker.services.outlooks import planning_volume_ml


@dataclass(frozen=True, slots=True)
class Sending:
    """One message that was handed over: by which way, whose report came, and when."""

    message_id: int
    channel: Channel
    provider: str  # whose report of it came; empty while none has
    template: str
    state: MessageState
    planned_at: datetime
    sent_at: datetime
    delivered_at: datetime | None

    @property
    def sent_after(self) -> timedelta:
        return max(self.sent_at - self.planned_at, timedelta())

    @property
    def delivered_after(self) -> timedelta | None:
        if self.delivered_at is None:
            return None
        return max(self.delivered_at - self.sent_at, timedelta())


@dataclass(frozen=True, slots=True)
class Late:
    """A refill date that passed in the period, and when a call then reached somebody."""

    pump_id: int
    patient: str
    serial: str
    refill_by_at: datetime
    reached_at: datetime | None
    closed_at: datetime | None

    @property
    def reached_after(self) -> timedelta | None:
        return None if self.reached_at is None else self.reached_at - self.refill_by_at


def alarms_of(session: Session, clinic: Clinic, period: Period) -> list[AlarmLine]:
    """The alarms of pumps that the clinic heard of in the period, the oldest first."""
    asked = (
        sa.select(DeviceAlarm)
        .join(Pump, Pump.id == DeviceAlarm.pump_id)
        .where(
            *IS_HEAD,
            DeviceAlarm.reported_at >= period.since,
            DeviceAlarm.reported_at < period.until,
            Pump.clinic_id == clinic.id,
        )
        .options(joinedload(DeviceAlarm.pump).joinedload(Pump.patient))
        .order_by(DeviceAlarm.reported_at, DeviceAlarm.id)
    )
    return lines_of(session, session.scalars(asked).all())


def sendings_of(session: Session, clinic: Clinic, period: Period) -> list[Sending]:
    """The messages that were handed over in the period, the oldest first."""
    reported_by = (
        sa.select(sa.func.max(DeliveryReport.provider))
        .where(DeliveryReport.message_id == Message.id)
        .scalar_subquery()
    )
    handed_over = (
        sa.select(Attempt.message_id)
        .where(
            Attempt.started_at >= period.since,
            Attempt.started_at < period.until,
            Attempt.outcome == "sent",
        )
        .distinct()
    )
    asked = (
        sa.select(
            *(Message.id, Message.channel, sa.func.coalesce(reported_by, "")),
            *(Message.template, Message.state, Message.planned_at),
            *(Message.sent_at, Message.delivered_at),
        )
        .where(
            Message.id.in_(handed_over),
            Message.clinic_id == clinic.id,
            Message.sent_at.is_not(None),
        )
        .order_by(Message.sent_at, Message.id)
    )
    return [Sending(*row) for row in session.execute(asked)]


def missed_visits(session: Session, clinic: Clinic, period: Period) -> list[Appointment]:
    """The visits of the period to which nobody came, the oldest first."""
    asked = (
        sa.select(Appointment)
        .where(
            Appointment.clinic_id == clinic.id,
            Appointment.scheduled_at >= period.since,
            Appointment.scheduled_at < period.until,
            Appointment.state == VisitState.MISSED,
        )
        .options(joinedload(Appointment.pump).joinedload(Pump.patient))
        .order_by(Appointment.scheduled_at, Appointment.id)
    )
    return list(session.scalars(asked))


def late_in(session: Session, clinic: Clinic, period: Period) -> list[Late]:
    """The refills whose date passed in the period before they were done, the oldest first."""
    reached = (
        sa.select(sa.func.min(ContactAttempt.called_at))
        .where(
            ContactAttempt.watch_id == Watch.id,
            ContactAttempt.result == CallResult.REACHED,
            ContactAttempt.called_at >= Watch.danger_at,
        )
        .scalar_subquery()
    )
    asked = (
        sa.select(Watch.danger_at, Watch.closed_at, reached, Pump, Patient)
        .join(Pump, Pump.id == Watch.pump_id)
        .join(Patient, Patient.id == Pump.patient_id)
        .where(
            Watch.clinic_id == clinic.id,
            Watch.kind == WatchKind.REFILL,
            Watch.danger_at >= period.since,
            Watch.danger_at < period.until,
            sa.or_(Watch.closed_at.is_(None), Watch.closed_at > Watch.danger_at),
        )
        .order_by(Watch.danger_at, Watch.id)
    )
    return [
        Late(
            row.Pump.id,
            f"{row.Patient.family_name}, {row.Patient.given_name}",
            row.Pump.serial,
            row.danger_at,
            row[2],
            row.closed_at,
        )
        for row in session.execute(asked)
    ]


def early_refills(session: Session, clinic: Clinic, period: Period) -> list[EarlyRefill]:
    """The refills that ended a watch in the period, with the date that they came before."""
    asked = (
        sa.select(Watch.likely_at, Watch.binding_rule, Watch.evidence_id, Pump)
        .join(Pump, Pump.id == Watch.pump_id)
        .where(
            Watch.clinic_id == clinic.id,
            Watch.kind == WatchKind.REFILL,
            Watch.evidence_kind == "refill",
            Watch.closed_at >= period.since,
            Watch.closed_at < period.until,
        )
        .options(joinedload(Pump.patient), joinedload(Pump.model))
        .order_by(Watch.closed_at, Watch.id)
    )
    found = session.execute(asked).all()
    fills = Fills(session, {row.Pump.id for row in found})
    done = []
    for row in found:
        refill, pump = fills.as_it_stands(row.evidence_id), row.Pump
        if refill is not None:
            done.append(
                EarlyRefill(
                    pump_id=pump.id,
                    patient=f"{pump.patient.family_name}, {pump.patient.given_name}",
                    serial=pump.serial,
                    filled_at=refill.filled_at,
                    low_at=row.likely_at,
                    rule=row.binding_rule,
                    residual_ml=refill.actual_residual_volume_ml,
                    alarm_ml=planning_volume_ml(pump),
                )
            )
    return done


def coming_work(
    session: Session, clinic: Clinic, *, today: date, until: date
) -> tuple[list[date], list[date]]:
    """Days of visits that are booked, and refill-by dates without a visit that keeps them.

    Each open refill is in one of the two: a visit after refill-by, or one whose day has passed
    without a word, leaves its date as it is.
    """
    end = datetime.combine(until, datetime.min.time(), tzinfo=clinic.zone)
    asked = (
        sa.select(Watch.danger_at, Appointment.scheduled_at)
        .outerjoin(Appointment, BOOKED_FOR_IT)
        .where(
            open_refills(clinic),
            Watch.danger_at.is_not(None),
            sa.or_(Watch.danger_at < end, Appointment.scheduled_at < end),
        )
    )
    visits: list[date] = []
    without: list[date] = []
    for due_at, visit_at in session.execute(asked):
        danger_at = cast(datetime, due_at)  # it was asked for
        keeps = is_in_time(visit_at, danger_at, today=today, zone=clinic.zone)
        day = (visit_at if visit_at and keeps else danger_at).astimezone(clinic.zone).date()
        (visits if keeps else without).append(day)
    return visits, without
