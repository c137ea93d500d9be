"""What a plan of visits rests on: places a day, absences, holidays that are worked through."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.people import Patient, Staff


class Capacity(Base):
    """How many visits a weekday or one day holds. The newest row for each stands."""

    __tablename__ = "capacity"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    weekday: Mapped[int | None]  # 0 is Monday
    on_day: Mapped[date | None]
    visits: Mapped[int | None]  # None: no limit; for one day: as its weekday says
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    set_by: Mapped[Staff] = relationship()

    __table_args__ = (
        sa.CheckConstraint(
            "(weekday IS NULL) <> (on_day IS NULL)", name="is_of_a_weekday_or_a_day"
        ),
        sa.CheckConstraint("weekday >= 0 AND weekday <= 6", name="weekday_is_one_of_seven"),
        sa.CheckConstraint("visits >= 0", name="visits_not_negative"),
    )


class Away(Base):
    """Days on which a patient can't come. It moves no date of a watch."""

    __tablename__ = "away"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(sa.ForeignKey("patient.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    place: Mapped[str] = mapped_column(sa.String(200), default="")  # and how to reach them
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))

    patient: Mapped[Patient] = relationship()
    recorded_by: Mapped[Staff] = relationship(foreign_keys=[recorded_by_id])

    __table_args__ = (
        sa.CheckConstraint("last_on >= first_on", name="ends_after_it_begins"),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name="withdrawn_by_somebody"
        ),
        sa.Index("ix_away_patient", "patient_id", "last_on"),
    )


class WorkedHoliday(Base):
    """A public holiday on which the clinic is open, and why. Nothing follows from it."""

    __tablename__ = "worked_holiday"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    on_day: Mapped[date]
    name: Mapped[str] = mapped_column(sa.String(120))
    reason: Mapped[str] = mapped_column(sa.String(300))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "on_day"),
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
    )
