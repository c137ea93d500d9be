"""Who has a watch in hand, and who was telephoned: neither ends it."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.escalation import Level
from tracker.domain.silence import CallResult, SilenceKind
from tracker.models.columns import words
from tracker.models.people import Contact, Staff
from tracker.models.watch import Watch

IN_FORCE = "ended_at IS NULL"


class SilenceRow(Base):
    """An acknowledgement or a snooze: by whom, why, and until when. At most one in force."""

    __tablename__ = "silence"

    id: Mapped[int] = mapped_column(primary_key=True)
    watch_id: Mapped[int] = mapped_column(sa.ForeignKey("watch.id"), index=True)
    kind: Mapped[SilenceKind] = mapped_column(words(SilenceKind))
    reason: Mapped[str] = mapped_column(sa.String(300))
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    for_id: Mapped[int | None] = mapped_column(  # who was away, where a deputy took it
        sa.ForeignKey("staff.id")
    )
    level: Mapped[Level] = mapped_column(words(Level))  # of the watch, when it began
    danger_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # likewise
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_because: Mapped[str] = mapped_column(sa.String(300), default="")
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))

    watch: Mapped[Watch] = relationship()
    by: Mapped[Staff] = relationship(foreign_keys=[by_id])
    absent: Mapped[Staff | None] = relationship(foreign_keys=[for_id])

    __table_args__ = (
        sa.CheckConstraint("until > began_at", name="ends_after_it_began"),
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
        sa.Index(
            "uq_silence_in_force",
            "watch_id",
            unique=True,
            sqlite_where=sa.text(IN_FORCE),
            postgresql_where=sa.text(IN_FORCE),
        ),
    )


class ContactAttempt(Base):
    """A call to a patient or somebody close, and what came of it."""

    __tablename__ = "contact_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    watch_id: Mapped[int] = mapped_column(sa.ForeignKey("watch.id"), index=True)
    called: Mapped[str] = mapped_column(sa.String(120))  # who was telephoned
    contact_id: Mapped[int | None] = mapped_column(  # by which number; None: another one
        sa.ForeignKey("contact.id")
    )
    called_at: Mapped[datetime] = mapped_column(UTCDateTime)
    result: Mapped[CallResult] = mapped_column(words(CallResult))
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    next_call_on: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))

    watch: Mapped[Watch] = relationship()
    contact: Mapped[Contact | None] = relationship()
    by: Mapped[Staff] = relationship()

    __table_args__ = (
        sa.CheckConstraint(
            "result IN ('reached', 'will_come') OR next_call_on IS NOT NULL",
            name="not_reached_says_when_next",
        ),
    )
