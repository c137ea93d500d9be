"""A clinic's own value of the catalogue. Never changed: the newest one counts."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime


class OwnValue(Base):
    """One version of one value; without a value the maker's counts again.

    Who agreed to it stands in the proposal (`catalogue:<subject>:<name>`).
    """

    __tablename__ = "own_value"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    subject: Mapped[str] = mapped_column(sa.String(60))  # pump:<code>, drug:<code>
    name: Mapped[str] = mapped_column(sa.String(60))
    value: Mapped[str | None] = mapped_column(sa.String(40))
    source: Mapped[str] = mapped_column(sa.String(200), default="")
    reason: Mapped[str] = mapped_column(sa.String(300))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    __table_args__ = (
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
        sa.CheckConstraint("value IS NULL OR source <> ''", name="a_value_has_a_source"),
    )

    @property
    def number(self) -> Decimal | None:
        return None if self.value is None else Decimal(self.value)
