"""What a program shows instead of a password."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.columns import words
from tracker.models.people import Clinic, Staff


class Scope(StrEnum):
    """What a token opens; one for each thing that the API can do."""

    READ_BOARD = "read_board"
    # by an address of its own, which a calendar program asks for without more
    READ_CALENDAR = "read_calendar"
    READ_OWN_CALENDAR = "read_own_calendar"
    # by an address too: the screen on the wall of the clinic's room
    READ_WALL = "read_wall"


class ApiToken(Base):
    """One token: of one person, for one clinic, one scope and a time. Its text is not kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    scope: Mapped[Scope] = mapped_column(words(Scope))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)  # SHA-256, in hex
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # to the hour
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))

    clinic: Mapped[Clinic] = relationship()
    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])

    __table_args__ = (sa.CheckConstraint("ends_at > made_at", name="ends_after_it_is_made"),)
