"""What happens between two refills: events, how each ended, and reviews. Rows are added."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.events import EventKind
from tracker.models.columns import RecordColumns, replaces_another, words
from tracker.models.pump import Pump


class Event(RecordColumns, Base):
    """An MRI scan, an admission elsewhere, a fever, a flight, or a complication.

    `place` and `phone` say where somebody is who was admitted.
    """

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"))
    kind: Mapped[EventKind] = mapped_column(words(EventKind))
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    place: Mapped[str] = mapped_column(sa.String(120), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    note: Mapped[str] = mapped_column(sa.Text, default="")

    pump: Mapped[Pump] = relationship()

    __table_args__ = (
        sa.Index("ix_event_pump_started", "pump_id", "started_at"),
        sa.CheckConstraint(
            "kind <> 'admission' OR place <> ''", name="an_admission_says_where"
        ),
        *replaces_another(),
    )


class EventEnd(RecordColumns, Base):
    """How an event ended: the discharge, the clinician's assessment, the decision."""

    __tablename__ = "event_end"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    ended_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by: Mapped[str] = mapped_column(sa.String(120), default="")  # the clinician
    note: Mapped[str] = mapped_column(sa.Text, default="")

    pump: Mapped[Pump] = relationship()
    event: Mapped[Event] = relationship()

    __table_args__ = (*replaces_another(),)


class Review(RecordColumns, Base):
    """A regular review: who looked, when, and at what."""

    __tablename__ = "review"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"))
    reviewed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reviewed_by: Mapped[str] = mapped_column(sa.String(120))
    has_dose: Mapped[bool]
    has_side_effects: Mapped[bool]
    has_kidney_function: Mapped[bool]
    note: Mapped[str] = mapped_column(sa.Text, default="")

    pump: Mapped[Pump] = relationship()

    __table_args__ = (
        sa.Index("ix_review_pump_reviewed", "pump_id", "reviewed_at"),
        sa.CheckConstraint("reviewed_by <> ''", name="says_who_looked"),
        sa.CheckConstraint(
            "has_dose OR has_side_effects OR has_kidney_function", name="looked_at_something"
        ),
        *replaces_another(),
    )
