"""The clinical record: refills, programmes, boluses, readings. Rows are added, not changed."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, Scaled, UTCDateTime
from tracker.domain import infusion
from tracker.domain.events import MotorState
from tracker.domain.infusion import Mode
from tracker.models.columns import RecordColumns, not_negative, replaces_another, words
from tracker.models.people import Staff
from tracker.models.pump import Drug, Pump


class Guide(StrEnum):
    """What the needle was led by."""

    TEMPLATE = "template"
    ULTRASOUND = "ultrasound"
    FEEL = "feel"


class Refill(RecordColumns, Base):
    """The reservoir was emptied, measured and filled."""

    __tablename__ = "refill"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"))
    filled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expected_residual_volume_ml: Mapped[Decimal | None] = mapped_column(Scaled())
    actual_residual_volume_ml: Mapped[Decimal | None] = mapped_column(Scaled())
    instilled_volume_ml: Mapped[Decimal] = mapped_column(Scaled())
    is_first_fill: Mapped[bool] = mapped_column(default=False)
    drug_limit_days: Mapped[Decimal | None] = mapped_column(Scaled())
    is_first_fill_limit: Mapped[bool] = mapped_column(default=False)
    drug_limit_source: Mapped[str] = mapped_column(sa.String(200), default="")
    pharmacist_limit_days: Mapped[Decimal | None] = mapped_column(Scaled())
    beyond_use_on: Mapped[date | None]
    lot: Mapped[str] = mapped_column(sa.String(80), default="")
    printed_alarm_on: Mapped[date | None]
    checked_by: Mapped[str] = mapped_column(  # as it was written before staff were chosen
        sa.String(120), default=""
    )
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    unchecked_because: Mapped[str] = mapped_column(sa.String(300), default="")
    lot_expires_on: Mapped[date | None]
    needle_kit: Mapped[str] = mapped_column(sa.String(80), default="")
    septum_attempts: Mapped[int | None]
    guided_by: Mapped[Guide | None] = mapped_column(words(Guide))
    test_aspiration: Mapped[str] = mapped_column(sa.String(200), default="")

    pump: Mapped[Pump] = relationship()
    checker: Mapped[Staff | None] = relationship(foreign_keys="Refill.checked_by_id")
    drugs: Mapped[list["RefillDrug"]] = relationship(
        back_populates="refill", order_by="RefillDrug.ordinal"
    )

    __table_args__ = (
        sa.Index("ix_refill_pump_filled", "pump_id", "filled_at"),
        # which of them wait for the word of their second person?
        sa.Index("ix_refill_checked", "checked_by_id", "recorded_at"),
        sa.CheckConstraint("instilled_volume_ml > 0", name="volume_is_positive"),
        *not_negative("expected_residual_volume_ml", "actual_residual_volume_ml"),
        sa.CheckConstraint("drug_limit_days > 0", name="drug_limit_is_positive"),
        sa.CheckConstraint(
            "checked_by_id IS NULL OR unchecked_because = ''", name="is_checked_or_says_why_not"
        ),
        sa.CheckConstraint("septum_attempts > 0", name="septum_attempts_are_positive"),
        *replaces_another(),
    )


class RefillDrug(Base):
    """One drug of a fill. Ordinal 0 is the primary drug, whose dose sets the flow."""

    __tablename__ = "refill_drug"

    id: Mapped[int] = mapped_column(primary_key=True)
    refill_id: Mapped[int] = mapped_column(sa.ForeignKey("refill.id"))
    ordinal: Mapped[int]
    drug_id: Mapped[int] = mapped_column(sa.ForeignKey("drug.id"))
    concentration_mcg_per_ml: Mapped[Decimal] = mapped_column(Scaled())
    is_diluted: Mapped[bool | None]  # None: not said, and then the shorter limit holds

    refill: Mapped[Refill] = relationship(back_populates="drugs")
    drug: Mapped[Drug] = relationship(lazy="joined")

    __table_args__ = (
        sa.UniqueConstraint("refill_id", "ordinal"),
        sa.CheckConstraint("concentration_mcg_per_ml > 0", name="concentration_is_positive"),
    )


def as_step(stored: dict[str, Any]) -> infusion.Step:
    """One step of a flex programme as stored, as the domain's value."""
    hours, minutes = stored["start"].split(":")
    return infusion.Step(
        start_minutes=int(hours) * 60 + int(minutes),
        rate_mcg_per_hour=Decimal(stored["rate_mcg_per_hour"]),
        weekday=stored.get("weekday"),
    )


class Programme(RecordColumns, Base):
    """How the pump was set to run from an instant on; `refill_id` where set at a refill.

    `steps` of a flex programme: a list of {"weekday": 0-6 or null, "start": "HH:MM",
    "rate_mcg_per_hour": decimal string}, on the pump's own clock.
    """

    __tablename__ = "programme"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"))
    refill_id: Mapped[int | None] = mapped_column(sa.ForeignKey("refill.id"), index=True)
    effective_at: Mapped[datetime] = mapped_column(UTCDateTime)
    mode: Mapped[Mode] = mapped_column(words(Mode))
    dose_mcg_per_day: Mapped[Decimal | None] = mapped_column(Scaled())
    flow_ml_per_day: Mapped[Decimal | None] = mapped_column(Scaled())
    steps: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    clock_offset_minutes: Mapped[int] = mapped_column(default=0)
    periodic_bolus_mcg: Mapped[Decimal | None] = mapped_column(Scaled())
    periodic_interval_minutes: Mapped[int | None]
    periodic_duration_minutes: Mapped[int | None]
    patient_bolus_mcg: Mapped[Decimal | None] = mapped_column(Scaled())
    patient_bolus_max_per_day: Mapped[int | None]
    patient_bolus_average_per_day: Mapped[Decimal | None] = mapped_column(Scaled())
    patient_bolus_lockout_minutes: Mapped[int | None]
    printed_alarm_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(sa.Text, default="")

    pump: Mapped[Pump] = relationship()

    __table_args__ = (
        sa.Index("ix_programme_pump_effective", "pump_id", "effective_at"),
        *not_negative(
            "dose_mcg_per_day",
            "flow_ml_per_day",
            "periodic_bolus_mcg",
            "patient_bolus_mcg",
            "patient_bolus_max_per_day",
            "patient_bolus_average_per_day",
        ),
        *replaces_another(),
    )

    def as_programme(self) -> infusion.Programme:
        return infusion.Programme(
            at=self.effective_at,
            mode=self.mode,
            dose_mcg_per_day=self.dose_mcg_per_day,
            flow_ml_per_day=self.flow_ml_per_day,
            steps=tuple(as_step(one) for one in self.steps),
            clock_offset=timedelta(minutes=self.clock_offset_minutes),
            periodic=self._periodic(),
            patient=self._patient(),
        )

    def _periodic(self) -> infusion.PeriodicBolus | None:
        dose, every = self.periodic_bolus_mcg, self.periodic_interval_minutes
        if dose is None or every is None:
            return None
        return infusion.PeriodicBolus(dose, every, self.periodic_duration_minutes or 0)

    def _patient(self) -> infusion.PatientBolus | None:
        dose, most = self.patient_bolus_mcg, self.patient_bolus_max_per_day
        if dose is None or most is None:
            return None
        return infusion.PatientBolus(dose, most, self.patient_bolus_average_per_day)


class Bolus(RecordColumns, Base):
    """A single delivery beside the programme: bridge, priming or clinician bolus."""

    __tablename__ = "bolus"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"))
    refill_id: Mapped[int | None] = mapped_column(sa.ForeignKey("refill.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[str] = mapped_column(sa.String(20))  # bridge, priming, single
    volume_ml: Mapped[Decimal | None] = mapped_column(Scaled())
    dose_mcg: Mapped[Decimal | None] = mapped_column(Scaled())
    duration_minutes: Mapped[Decimal] = mapped_column(Scaled())
    reckoned_volume_ml: Mapped[Decimal | None] = mapped_column(  # of a bridge: ours, beside it
        Scaled()
    )
    reckoned_minutes: Mapped[Decimal | None] = mapped_column(Scaled())
    is_stated: Mapped[bool] = mapped_column(default=False)  # of a bridge: by the programmer
    suspends_basal: Mapped[bool] = mapped_column(default=False)

    pump: Mapped[Pump] = relationship()

    __table_args__ = (
        sa.Index("ix_bolus_pump_started", "pump_id", "started_at"),
        sa.CheckConstraint("(volume_ml IS NULL) <> (dose_mcg IS NULL)", name="volume_or_dose"),
        *not_negative("volume_ml", "dose_mcg", "duration_minutes"),
        *replaces_another(),
    )

    def as_bolus(self) -> infusion.Bolus:
        return infusion.Bolus(
            at=self.started_at,
            duration=timedelta(microseconds=int(self.duration_minutes * 60_000_000)),
            volume_ml=self.volume_ml,
            dose_mcg=self.dose_mcg,
            suspends_basal=self.suspends_basal,
        )


class Reading(RecordColumns, Base):
    """An interrogation: what the programmer stated."""

    __tablename__ = "reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"))
    read_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reservoir_volume_ml: Mapped[Decimal | None] = mapped_column(Scaled())
    printed_alarm_on: Mapped[date | None]
    battery_months: Mapped[Decimal | None] = mapped_column(Scaled())
    eri_on: Mapped[date | None]
    clock_difference_minutes: Mapped[int | None]
    motor: Mapped[MotorState | None] = mapped_column(words(MotorState))  # asked for after MRI
    is_programme_changed: Mapped[bool | None]  # since the last record; None: not asked
    note: Mapped[str] = mapped_column(sa.Text, default="")

    pump: Mapped[Pump] = relationship()

    __table_args__ = (
        sa.Index("ix_reading_pump_read", "pump_id", "read_at"),
        *not_negative("reservoir_volume_ml", "battery_months"),
        *replaces_another(),
    )
