"""How a pump's dates moved, and why."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime


class DateChange(Base):
    """One move of the refill-by, or of the day to book a battery's surgery by. Never changed.

    A date that couldn't be worked out is NULL. `because` is the record in words, as it was told
    when it was written; which record that was stands in `evidence_kind` and `evidence_id`. The
    rules stand as they were called then, so a rule that is given up stays readable.
    """

    __tablename__ = "date_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    was_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    was_rule: Mapped[str | None] = mapped_column(sa.String(40))
    is_rule: Mapped[str | None] = mapped_column(sa.String(40))
    because: Mapped[str] = mapped_column(sa.String(300))
    evidence_kind: Mapped[str] = mapped_column(sa.String(40))
    evidence_id: Mapped[int | None]
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        sa.CheckConstraint("because <> ''", name="says_why"),
        sa.CheckConstraint("kind IN ('refill', 'battery')", name="kind_has_a_date"),
    )
