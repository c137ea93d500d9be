"""Alarms of pumps, as they were heard or read, and the evidence with which each was closed."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.alarm import Reporter, Symptoms, Tone
from tracker.models.columns import RecordColumns, replaces_another, words
from tracker.models.people import Staff
from tracker.models.pump import Pump
from tracker.models.record import Reading

STANDS = "undone_at IS NULL"


class DeviceAlarm(RecordColumns, Base):
    """One report of an alarm. Without a tone it was read from the programmer.

    The first report of an alarm is what is open and is closed; those of the same code that come
    while it is open name it in `repeats_id`. One that comes afterwards is a new alarm, and
    names the last one in `follows_id`. A correction repeats the alarm that it corrects.
    """

    __tablename__ = "device_alarm"

    id: Mapped[int] = mapped_column(primary_key=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"))
    code: Mapped[str] = mapped_column(sa.String(60))  # of the catalogue of alarms
    tone: Mapped[Tone | None] = mapped_column(words(Tone))
    alarmed_at: Mapped[datetime] = mapped_column(UTCDateTime)  # heard since, or read
    reported_at: Mapped[datetime] = mapped_column(UTCDateTime)  # when the clinic knew
    reporter: Mapped[Reporter] = mapped_column(words(Reporter))
    symptoms: Mapped[Symptoms] = mapped_column(words(Symptoms))
    doing: Mapped[str] = mapped_column(sa.Text)  # what is done now
    note: Mapped[str] = mapped_column(sa.Text, default="")
    repeats_id: Mapped[int | None] = mapped_column(sa.ForeignKey("device_alarm.id"), index=True)
    follows_id: Mapped[int | None] = mapped_column(sa.ForeignKey("device_alarm.id"))

    pump: Mapped[Pump] = relationship()

    __table_args__ = (
        sa.Index("ix_device_alarm_pump_code", "pump_id", "code"),
        # the figures: of which did the clinic hear in this quarter?
        sa.Index("ix_device_alarm_reported", "reported_at"),
        sa.CheckConstraint("reported_at >= alarmed_at", name="is_reported_after_it_sounded"),
        sa.CheckConstraint("doing <> ''", name="says_what_is_done"),
        sa.CheckConstraint(
            "repeats_id IS NULL OR follows_id IS NULL", name="repeats_or_follows"
        ),
        *replaces_another(),
    )

    @property
    def head_id(self) -> int:
        """The number of the alarm that this report belongs to."""
        return self.repeats_id or self.id


class AlarmClosing(Base):
    """What showed that an alarm is over: an interrogation, or the reason of a clinician.

    It stands until the interrogation is struck out; then the alarm is open again.
    """

    __tablename__ = "alarm_closing"

    id: Mapped[int] = mapped_column(primary_key=True)
    alarm_id: Mapped[int] = mapped_column(sa.ForeignKey("device_alarm.id"))
    reading_id: Mapped[int | None] = mapped_column(sa.ForeignKey("reading.id"), index=True)
    clinical_reason: Mapped[str] = mapped_column(sa.Text, default="")
    clinician_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    found: Mapped[str] = mapped_column(sa.String(60), default="")  # what the programmer showed
    closed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_because: Mapped[str] = mapped_column(sa.String(300), default="")

    alarm: Mapped[DeviceAlarm] = relationship()
    reading: Mapped[Reading | None] = relationship()
    clinician: Mapped[Staff | None] = relationship(foreign_keys=[clinician_id])
    closed_by: Mapped[Staff] = relationship(foreign_keys=[closed_by_id])

    __table_args__ = (
        sa.CheckConstraint(
            "(reading_id IS NOT NULL AND clinician_id IS NULL AND clinical_reason = '')"
            " OR (reading_id IS NULL AND clinician_id IS NOT NULL AND clinical_reason <> '')",
            name="only_evidence_closes",
        ),
        sa.CheckConstraint(
            "undone_at IS NULL OR undone_because <> ''", name="an_undoing_says_why"
        ),
        sa.Index(
            "uq_alarm_closing_stands",
            "alarm_id",
            unique=True,
            sqlite_where=sa.text(STANDS),
            postgresql_where=sa.text(STANDS),
        ),
    )
