"""Settings that wait for a second person, and how each ended."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.proposal import Outcome
from tracker.models.columns import words
from tracker.models.people import Clinic, Staff

IS_OPEN = "outcome IS NULL"


class Proposal(Base):
    """What one person wants changed, from what to what and why. Only its end is ever written.

    `subject` names what it is about (`rules`, `quiet_hours`, `last_resort`,
    `closure:2026-12-25`, `policy:refill:critical`); at most one is open on each.
    """

    __tablename__ = "proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    subject: Mapped[str] = mapped_column(sa.String(80))
    before: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    after: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    reason: Mapped[str] = mapped_column(sa.String(300))
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(words(Outcome))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(  # None: by command, or by itself
        sa.ForeignKey("staff.id")
    )
    decision_note: Mapped[str] = mapped_column(sa.String(300), default="")

    clinic: Mapped[Clinic] = relationship()
    proposed_by: Mapped[Staff] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[Staff | None] = relationship(foreign_keys=[decided_by_id])

    __table_args__ = (
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
        sa.CheckConstraint("ends_at > proposed_at", name="ends_after_it_was_made"),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)", name="an_outcome_has_its_time"
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'agreed' OR decided_by_id IS NULL"
            " OR decided_by_id <> proposed_by_id",
            name="nobody_agrees_with_themselves",
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'agreed' OR decided_by_id IS NOT NULL"
            " OR decision_note <> ''",
            name="an_agreement_has_a_person_or_a_reason",
        ),
        sa.Index(
            "uq_proposal_open",
            "clinic_id",
            "subject",
            unique=True,
            sqlite_where=sa.text(IS_OPEN),
            postgresql_where=sa.text(IS_OPEN),
        ),
    )
