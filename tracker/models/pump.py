"""The catalogue's rows, and the implanted pump."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, Scaled, UTCDateTime
from tracker.domain.risk import RiskClass
from tracker.models.columns import not_negative, words
from tracker.models.people import Clinic, Patient, Staff


class PumpModel(Base):
    """A maker's model as the catalogue states it; `facts` keeps each value with its source."""

    __tablename__ = "pump_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


class Drug(Base):
    __tablename__ = "drug"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    risk_class: Mapped[RiskClass | None] = mapped_column(words(RiskClass))
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


class PumpEnd(StrEnum):
    """The evidence with which a pump's watches end for good."""

    EXPLANTED = "explanted"
    REPLACED = "replaced"
    DIED = "died"
    TRANSFERRED = "transferred"


class Pump(Base):
    """An implanted pump.

    The two generated keys make the promise "covered" a constraint of the database: while the
    pump is active each must name an *open* watch, for `watch.open_key` is NULL once closed.
    """

    __tablename__ = "pump"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    model_id: Mapped[int] = mapped_column(sa.ForeignKey("pump_model.id"))
    serial: Mapped[str] = mapped_column(sa.String(60))
    # False: nobody knows the day, and `implanted_on` is one on which it was in place already
    is_implant_day_known: Mapped[bool] = mapped_column(default=True)
    implanted_on: Mapped[date]
    purpose: Mapped[str] = mapped_column(sa.String(40), default="")  # spasticity, pain
    reservoir_capacity_ml: Mapped[Decimal] = mapped_column(Scaled())
    low_reservoir_alarm_ml: Mapped[Decimal] = mapped_column(Scaled())
    dead_volume_ml: Mapped[Decimal | None] = mapped_column(Scaled())
    fixed_flow_ml_per_day: Mapped[Decimal | None] = mapped_column(Scaled())
    has_battery: Mapped[bool]
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    version: Mapped[int] = mapped_column(default=1)
    # These two are due by the time alone: see services/pump_dues.
    # when a review is to be asked for; NULL while it is being asked for
    review_asks_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    # when the drug that is here, or the payer's yes, does no more for the coming refill unless
    # something is recorded until then
    supply_ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when it was recorded
    ended_on: Mapped[date | None]  # when it was so; None of ends before this was asked
    end_kind: Mapped[PumpEnd | None] = mapped_column(words(PumpEnd))
    end_note: Mapped[str | None] = mapped_column(sa.Text)
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))

    refill_watch_key: Mapped[str | None] = mapped_column(
        sa.String(60),
        sa.Computed(
            # the cast, because PostgreSQL allows only an immutable expression
            "CASE WHEN ended_at IS NULL THEN CAST(id AS VARCHAR) || '\\:refill' END",
            persisted=True,
        ),
        sa.ForeignKey("watch.open_key", deferrable=True, initially="DEFERRED", use_alter=True),
        index=True,
    )
    battery_watch_key: Mapped[str | None] = mapped_column(
        sa.String(60),
        sa.Computed(
            "CASE WHEN ended_at IS NULL AND has_battery "
            "THEN CAST(id AS VARCHAR) || '\\:battery' END",
            persisted=True,
        ),
        sa.ForeignKey("watch.open_key", deferrable=True, initially="DEFERRED", use_alter=True),
        index=True,
    )

    @property
    def implant_day(self) -> date | None:
        """The day of the implant, where it is known."""
        return self.implanted_on if self.is_implant_day_known else None

    clinic: Mapped[Clinic] = relationship()
    patient: Mapped[Patient] = relationship()
    model: Mapped[PumpModel] = relationship()
    owner: Mapped[Staff] = relationship(foreign_keys=[owner_id])

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "model_id", "serial"),
        sa.CheckConstraint(
            "(ended_at IS NULL AND end_kind IS NULL AND end_note IS NULL)"
            " OR (ended_at IS NOT NULL AND end_kind IS NOT NULL AND end_note <> '')",
            name="an_end_has_evidence",
        ),
        sa.CheckConstraint("reservoir_capacity_ml > 0", name="capacity_is_positive"),
        sa.CheckConstraint("low_reservoir_alarm_ml >= 0", name="alarm_volume_is_not_negative"),
        sa.CheckConstraint(
            "low_reservoir_alarm_ml < reservoir_capacity_ml", name="alarm_is_below_capacity"
        ),
        *not_negative("dead_volume_ml"),
        sa.CheckConstraint("fixed_flow_ml_per_day > 0", name="fixed_flow_is_positive"),
    )


class PumpRevision(Base):
    """One correction of a pump's details: all before and after, and why. Never changed."""

    __tablename__ = "pump_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    before: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    after: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    reason: Mapped[str] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
