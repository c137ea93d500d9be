"""What somebody found out about a residual that was far from what was expected."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.columns import words
from tracker.models.people import Staff
from tracker.models.record import Refill


class Finding(StrEnum):
    """What a discrepancy came from, as far as it was found out."""

    MEASURING = "measuring"
    RECORD = "record"
    PLACEMENT = "placement"
    PUMP = "pump"
    CATHETER = "catheter"
    NONE_FOUND = "none_found"


class Assessment(Base):
    """A documented assessment of one refill's discrepancy. Rows are added, never changed."""

    __tablename__ = "assessment"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    refill_id: Mapped[int] = mapped_column(sa.ForeignKey("refill.id"), index=True)
    finding: Mapped[Finding] = mapped_column(words(Finding))
    note: Mapped[str] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    refill: Mapped[Refill] = relationship()
    recorded_by: Mapped[Staff] = relationship()

    __table_args__ = (sa.CheckConstraint("note <> ''", name="has_a_note"),)
