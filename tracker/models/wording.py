"""A clinic's own words for a message, in one language; every version is kept."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime


class Wording(Base):
    """One part (subject, body, sms) of a message as a clinic wants it said. Never changed."""

    __tablename__ = "wording"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    template: Mapped[str] = mapped_column(sa.String(60))
    language: Mapped[str] = mapped_column(sa.String(8))
    part: Mapped[str] = mapped_column(sa.String(10))
    version: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)  # empty: the words that come with the program
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "template", "language", "part", "version"),
        sa.CheckConstraint("part IN ('subject', 'body', 'sms')", name="part_is_known"),
    )
