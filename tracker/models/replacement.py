"""The steps to a new pump, as they were recorded. Never changed: a newer one counts."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.replacement import PathStep, StepKind
from tracker.models.columns import words
from tracker.models.people import Staff
from tracker.models.pump import Pump


class ReplacementStep(Base):
    """One step; a date of surgery that is moved or called off names the one before it."""

    __tablename__ = "replacement_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    kind: Mapped[StepKind] = mapped_column(words(StepKind))
    happened_on: Mapped[date]
    theatre_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    signed_by_id: Mapped[int | None] = mapped_column(  # who allows one after end of service
        sa.ForeignKey("staff.id")
    )
    signed_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    new_pump_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pump.id"), unique=True)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    replaces_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("replacement_step.id"), unique=True
    )
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    pump: Mapped[Pump] = relationship(foreign_keys=[pump_id])
    new_pump: Mapped[Pump | None] = relationship(foreign_keys=[new_pump_id])
    recorded_by: Mapped[Staff] = relationship(foreign_keys=[recorded_by_id])
    signed_by: Mapped[Staff | None] = relationship(foreign_keys=[signed_by_id])

    __table_args__ = (
        sa.CheckConstraint(
            "(kind = 'theatre') = (theatre_at IS NOT NULL)", name="a_theatre_has_its_time"
        ),
        sa.CheckConstraint(
            "(kind = 'replaced') = (new_pump_id IS NOT NULL)",
            name="a_replacement_names_the_new",
        ),
        sa.CheckConstraint(
            "(signed_by_id IS NULL) = (signed_reason = '')", name="a_signature_has_a_reason"
        ),
        sa.CheckConstraint("new_pump_id <> pump_id", name="the_new_pump_is_another"),
    )

    def as_step(self) -> PathStep:
        return PathStep(self.kind, self.theatre_at)
