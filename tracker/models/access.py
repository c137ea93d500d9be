"""Records opened across clinics in an emergency: by whom, why, until when, and who looked."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.people import Clinic, Patient, Staff


class EmergencyAccess(Base):
    """One patient of another clinic, opened to one person for a short time. Never changed."""

    __tablename__ = "emergency_access"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    from_clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    patient_id: Mapped[int] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)

    staff: Mapped[Staff] = relationship()
    from_clinic: Mapped[Clinic] = relationship(foreign_keys=[from_clinic_id])
    clinic: Mapped[Clinic] = relationship(foreign_keys=[clinic_id])
    patient: Mapped[Patient] = relationship()
    reviews: Mapped[list["AccessReview"]] = relationship(back_populates="access")

    __table_args__ = (
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
        sa.CheckConstraint("ends_at > opened_at", name="ends_after_it_began"),
        sa.CheckConstraint("clinic_id <> from_clinic_id", name="is_another_clinic_s"),
    )


class AccessReview(Base):
    """That somebody of one of the two clinics has looked at it, and what they found."""

    __tablename__ = "access_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    access_id: Mapped[int] = mapped_column(sa.ForeignKey("emergency_access.id"))
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(sa.String(300))

    access: Mapped[EmergencyAccess] = relationship(back_populates="reviews")
    by: Mapped[Staff] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("access_id", "clinic_id"),
        sa.CheckConstraint("note <> ''", name="has_a_note"),
    )
