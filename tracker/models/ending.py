"""The end of a pump as it was recorded, and what the second person says of it."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.columns import RecordColumns, replaces_another, words
from tracker.models.people import Staff
from tracker.models.pump import Pump, PumpEnd


class Ending(RecordColumns, Base):
    """One record of a pump's end; the pump's own columns follow the one in force.

    A row that strikes one out says that the pump has not ended: it is watched again.
    """

    __tablename__ = "pump_ending"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    kind: Mapped[PumpEnd] = mapped_column(words(PumpEnd))
    ended_on: Mapped[date | None]  # None of ends before the day was asked for
    note: Mapped[str] = mapped_column(sa.Text)
    second_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"), index=True)

    pump: Mapped[Pump] = relationship()
    second: Mapped[Staff | None] = relationship(foreign_keys=[second_id])
    recorded_by: Mapped[Staff] = relationship(foreign_keys="Ending.recorded_by_id")

    __table_args__ = (
        *replaces_another(),
        sa.CheckConstraint("note <> ''", name="has_evidence"),
        sa.CheckConstraint("second_id <> recorded_by_id", name="the_second_is_another"),
    )


class EndSign(Base):
    """That a second person agrees that the pump has ended so, or why not. The newest counts."""

    __tablename__ = "end_sign"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    ending_id: Mapped[int] = mapped_column(sa.ForeignKey("pump_ending.id"), index=True)
    is_agreed: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    ending: Mapped[Ending] = relationship()
    recorded_by: Mapped[Staff] = relationship()

    __table_args__ = (sa.CheckConstraint("is_agreed OR reason <> ''", name="says_why_not"),)
