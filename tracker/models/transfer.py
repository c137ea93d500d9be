"""A patient who is handed to another clinic: proposed by the one, decided by the other."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.columns import words
from tracker.models.people import Clinic, Patient, Staff

IS_OPEN = "outcome IS NULL"


class TransferOutcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Transfer(Base):
    """One handover, until whose end the patient is the old clinic's. Only its end is written.

    It doesn't lapse by itself: each clinic would take the patient for the other's.
    """

    __tablename__ = "transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(sa.ForeignKey("patient.id"), index=True)
    from_clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    to_clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    outcome: Mapped[TransferOutcome | None] = mapped_column(words(TransferOutcome))
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    owner_id: Mapped[int | None] = mapped_column(  # who answers for the pumps from then on
        sa.ForeignKey("staff.id")
    )

    patient: Mapped[Patient] = relationship()
    from_clinic: Mapped[Clinic] = relationship(foreign_keys=[from_clinic_id])
    to_clinic: Mapped[Clinic] = relationship(foreign_keys=[to_clinic_id])
    proposed_by: Mapped[Staff] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])
    owner: Mapped[Staff | None] = relationship(foreign_keys=[owner_id])

    __table_args__ = (
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
        sa.CheckConstraint("to_clinic_id <> from_clinic_id", name="is_to_another_clinic"),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)"
            " AND (outcome IS NULL) = (decided_by_id IS NULL)",
            name="an_outcome_has_its_time_and_person",
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'accepted'"
            " OR (owner_id IS NOT NULL AND decided_by_id <> proposed_by_id)",
            name="another_accepts_with_an_owner",
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'accepted' OR note <> ''",
            name="an_end_without_acceptance_says_why",
        ),
        sa.Index(
            "uq_transfer_open",
            "patient_id",
            unique=True,
            sqlite_where=sa.text(IS_OPEN),
            postgresql_where=sa.text(IS_OPEN),
        ),
    )
