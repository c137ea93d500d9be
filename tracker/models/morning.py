"""The emergency list of a morning: what is in people's hands should the system stop."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.people import Clinic
from tracker.models.watch import Watch


class MorningList(Base):
    """One clinic's list of one day. The pages themselves are files in `folder`."""

    __tablename__ = "morning_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    watch_id: Mapped[int] = mapped_column(sa.ForeignKey("watch.id"))  # by which it is mailed
    for_on: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    folder: Mapped[str] = mapped_column(sa.String(400))
    digest: Mapped[str] = mapped_column(sa.String(64))  # SHA-256 of the page, in hex
    figures: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)

    clinic: Mapped[Clinic] = relationship()
    watch: Mapped[Watch] = relationship()

    __table_args__ = (sa.UniqueConstraint("clinic_id", "for_on"),)
