"""What a row of the board tells of its watch, of the pump and of the patient."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tracker.models import (
    Appointment,
    DeviceAlarm,
    Message,
    Patient,
    Pump,
    PumpModel,
    Staff,
    Watch,
)
from tracker.services.doubts import codes

COLUMNS: tuple[Any, ...] = (
    Watch.id,
    Watch.kind,
    Watch.danger_at,
    Watch.dry_at,
    Watch.binding_rule,
    Watch.level,
    Watch.drugs,
    Watch.risk_class,
    Watch.stopped_since,
    Watch.levels,
    Watch.next_action,
    Watch.next_action_at,
    Watch.opened_at,
    Watch.visit_at,
    Watch.next_call_on,
    Watch.alarm_id,
    Watch.clinic_id,
    Watch.pump_id,
    Pump.serial,
    Pump.purpose,
    PumpModel.name,
    Patient.family_name,
    Patient.given_name,
    Patient.mrn,
    Patient.id,
    Patient.admitted_at,
    Staff.name,
    Message.template,
    Message.channel,
    Message.state,
    Message.sent_at,
    Message.provider_id,
    Appointment.scheduled_at,
    Appointment.confirmed_at,
    DeviceAlarm.code,
)


def doubting_alarm() -> sa.ScalarSelect[Any]:
    """The first report of an open alarm by which the pump of a row may give no drug."""
    other, alarm = aliased(Watch, name="doubting"), aliased(DeviceAlarm, name="sounded")
    asked = (
        sa.select(sa.func.min(alarm.id))
        .join(other, other.alarm_id == alarm.id)
        .where(
            other.pump_id == Watch.pump_id,
            other.closed_at.is_(None),
            alarm.code.in_(codes()),
        )
    )
    return asked.correlate(Watch).scalar_subquery()
