"""What the second person at a refill says of it, by their own sign-in."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.people import Staff
from tracker.models.record import Refill


class Countersign(Base):
    """That the second person agrees to a refill as entered, or why not. The newest counts.

    Rows are added, never changed. A corrected refill is another row, and signed anew.
    """

    __tablename__ = "countersign"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    refill_id: Mapped[int] = mapped_column(sa.ForeignKey("refill.id"), index=True)
    is_agreed: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    refill: Mapped[Refill] = relationship()
    recorded_by: Mapped[Staff] = relationship()

    __table_args__ = (sa.CheckConstraint("is_agreed OR reason <> ''", name="says_why_not"),)
