"""What was taken as a backup, and that a clinic's records came out of one."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.people import Clinic, Staff

UNCONFIRMED = "confirmed_at IS NULL"


class Backup(Base):
    """One backup that was written, read again and found whole."""

    __tablename__ = "backup"

    id: Mapped[int] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    host: Mapped[str] = mapped_column(sa.String(120))
    path: Mapped[str] = mapped_column(sa.String(400))
    digest: Mapped[str] = mapped_column(sa.String(64))
    rows: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(sa.BigInteger)
    trail: Mapped[str] = mapped_column(sa.String(60))  # the head of the trail in it


class Restoration(Base):
    """One clinic's records were put back, and who said that what came since is there again.

    Until somebody has, nothing goes to its patients: nobody knows what they were told since.
    """

    __tablename__ = "restoration"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    taken_at: Mapped[datetime] = mapped_column(UTCDateTime)
    restored_at: Mapped[datetime] = mapped_column(UTCDateTime)
    digest: Mapped[str] = mapped_column(sa.String(64))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    compared_with: Mapped[str] = mapped_column(sa.String(300), default="")

    clinic: Mapped[Clinic] = relationship()
    confirmed_by: Mapped[Staff | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint(
            "confirmed_at IS NULL OR (confirmed_by_id IS NOT NULL AND compared_with <> '')",
            name="a_confirmation_says_who_and_with_what",
        ),
        # every page: is there one that nobody has confirmed?
        sa.Index(
            "ix_restoration_unconfirmed",
            "clinic_id",
            sqlite_where=sa.text(UNCONFIRMED),
            postgresql_where=sa.text(UNCONFIRMED),
        ),
    )
