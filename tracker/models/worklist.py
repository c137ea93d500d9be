"""Whose a watch became and why, and the views of the worklist that people keep."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.people import Staff
from tracker.models.watch import Watch


class Assignment(Base):
    """A watch given by somebody to somebody, with the reason. Never changed."""

    __tablename__ = "assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    watch_id: Mapped[int] = mapped_column(sa.ForeignKey("watch.id"), index=True)
    from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    to_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(sa.String(300))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    watch: Mapped[Watch] = relationship()
    to: Mapped[Staff] = relationship(foreign_keys=[to_id])
    by: Mapped[Staff] = relationship(foreign_keys=[by_id])

    __table_args__ = (sa.CheckConstraint("reason <> ''", name="has_a_reason"),)


class SavedView(Base):
    """A named set of filters: an address, and nobody's name in it."""

    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    query: Mapped[str] = mapped_column(sa.String(200))
    is_shared: Mapped[bool] = mapped_column(default=False)  # with everybody of the clinic
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)

    staff: Mapped[Staff] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "staff_id", "name"),
        sa.CheckConstraint("name <> ''", name="has_a_name"),
    )
