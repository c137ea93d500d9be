"""A booked visit. It ends no danger: only the refill does."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.visit import VisitState
from tracker.models.columns import words
from tracker.models.people import Staff
from tracker.models.pump import Pump

BOOKED = "state = 'booked'"


class Appointment(Base):
    """One visit for one pump; a moved one is a new row that names the old."""

    __tablename__ = "appointment"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    scheduled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[VisitState] = mapped_column(words(VisitState))
    moved_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("appointment.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_how: Mapped[str] = mapped_column(sa.String(200), default="")
    signed_by_id: Mapped[int | None] = mapped_column(  # who allows one after refill-by
        sa.ForeignKey("staff.id")
    )
    signed_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    full_reason: Mapped[str] = mapped_column(sa.String(300), default="")  # why on a full day
    home_reason: Mapped[str] = mapped_column(  # why at home where nobody travels
        sa.String(300), default=""
    )
    is_home: Mapped[bool] = mapped_column(default=False)
    booked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    booked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))

    pump: Mapped[Pump] = relationship()
    booked_by: Mapped[Staff] = relationship(foreign_keys=[booked_by_id])
    signed_by: Mapped[Staff | None] = relationship(foreign_keys=[signed_by_id])
    ended_by: Mapped[Staff | None] = relationship(foreign_keys=[ended_by_id])

    __table_args__ = (
        sa.CheckConstraint(
            "(state = 'booked') = (ended_at IS NULL)", name="booked_until_it_ends"
        ),
        sa.CheckConstraint(
            "(signed_by_id IS NULL) = (signed_reason = '')", name="a_signature_has_a_reason"
        ),
        sa.Index(
            "uq_appointment_booked",
            "pump_id",
            unique=True,
            sqlite_where=sa.text(BOOKED),
            postgresql_where=sa.text(BOOKED),
        ),
        sa.Index("ix_appointment_clinic", "clinic_id", "scheduled_at"),
    )
