"""The trail: one row for each change and each view. Triggers refuse to change or remove any."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Base, UTCDateTime
from tracker.domain.trail import Act
from tracker.models.columns import words

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class TrailEntry(Base):
    """One line. No foreign keys: what it speaks of may go, it stays.

    `before` and `after` are text, because a database may spell JSON anew and the hash is over
    each letter.
    """

    __tablename__ = "trail_entry"

    id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)  # no gap
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor: Mapped[str] = mapped_column(sa.String(160))
    staff_id: Mapped[int | None]
    clinic_id: Mapped[int | None]
    patient_id: Mapped[int | None]
    pump_id: Mapped[int | None]
    act: Mapped[Act] = mapped_column(words(Act))
    what: Mapped[str] = mapped_column(sa.String(80))  # a table, or a page by its endpoint
    row_id: Mapped[int | None]
    before: Mapped[str | None] = mapped_column(sa.Text)
    after: Mapped[str | None] = mapped_column(sa.Text)
    address: Mapped[str] = mapped_column(sa.String(120))
    correlation: Mapped[str] = mapped_column(sa.String(40))
    hash: Mapped[str] = mapped_column(sa.String(64))

    __table_args__ = (
        # the page of the privacy officer: all, by person, by act
        sa.Index("ix_trail_entry_clinic", "clinic_id", "at", "id"),
        sa.Index("ix_trail_entry_staff", "clinic_id", "staff_id", "at", "id"),
        sa.Index("ix_trail_entry_act", "clinic_id", "act", "at", "id"),
        # a patient's access report
        sa.Index("ix_trail_entry_patient", "patient_id", "id"),
    )


class TrailPatient(Base):
    """A patient among the several of an entry: the way from the patient to the entry."""

    __tablename__ = "trail_patient"

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    patient_id: Mapped[int]
    entry_id: Mapped[int] = mapped_column(BIG, index=True)

    __table_args__ = (sa.UniqueConstraint("patient_id", "entry_id"),)
