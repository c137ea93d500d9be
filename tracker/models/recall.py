"""A field-safety notice of a maker or an authority, and each pump that it may be about."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.recall import RecallClass, Scope, Span, Touch
from tracker.models.columns import words
from tracker.models.people import Staff
from tracker.models.pump import Pump, PumpModel

IS_OPEN = "done_at IS NULL"


class Recall(Base):
    """One notice as the clinic entered it. Only its withdrawal is written later."""

    __tablename__ = "recall"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    authority: Mapped[str] = mapped_column(sa.String(120))
    reference: Mapped[str] = mapped_column(sa.String(120))
    title: Mapped[str] = mapped_column(sa.String(200))
    issued_on: Mapped[date | None]
    klass: Mapped[RecallClass] = mapped_column(words(RecallClass))
    first_serial: Mapped[str] = mapped_column(sa.String(60), default="")
    last_serial: Mapped[str] = mapped_column(sa.String(60), default="")
    serials: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    made_from_on: Mapped[date | None]
    made_until_on: Mapped[date | None]
    implanted_from_on: Mapped[date | None]
    implanted_until_on: Mapped[date | None]
    action: Mapped[str] = mapped_column(sa.Text)
    letter: Mapped[str] = mapped_column(sa.Text, default="")
    source: Mapped[str] = mapped_column(sa.String(300), default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    withdrawn_because: Mapped[str] = mapped_column(sa.String(300), default="")

    recorded_by: Mapped[Staff] = relationship(foreign_keys=[recorded_by_id])
    withdrawn_by: Mapped[Staff | None] = relationship(foreign_keys=[withdrawn_by_id])
    models: Mapped[list[PumpModel]] = relationship(
        secondary="recall_model", order_by=PumpModel.name
    )

    __table_args__ = (
        sa.CheckConstraint("action <> ''", name="has_an_action"),
        sa.CheckConstraint(
            "(first_serial = '') = (last_serial = '')", name="a_range_has_two_ends"
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_because = '')",
            name="a_withdrawal_has_a_reason",
        ),
    )

    @property
    def scope(self) -> Scope:
        """Which pumps of its models it is about."""
        return Scope(
            self.first_serial,
            self.last_serial,
            tuple(self.serials),
            Span(self.made_from_on, self.made_until_on),
            Span(self.implanted_from_on, self.implanted_until_on),
        )


class RecallModel(Base):
    """A model that a notice is about."""

    __tablename__ = "recall_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    recall_id: Mapped[int] = mapped_column(sa.ForeignKey("recall.id"))
    model_id: Mapped[int] = mapped_column(sa.ForeignKey("pump_model.id"), index=True)

    __table_args__ = (sa.UniqueConstraint("recall_id", "model_id"),)


class RecallPump(Base):
    """One pump that a notice is about, or may be; it ends with what was done for it.

    `serial` is the number that was compared: another one is compared anew, as a new row.
    """

    __tablename__ = "recall_pump"

    id: Mapped[int] = mapped_column(primary_key=True)
    recall_id: Mapped[int] = mapped_column(sa.ForeignKey("recall.id"), index=True)
    pump_id: Mapped[int] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    touch: Mapped[Touch] = mapped_column(words(Touch))
    serial: Mapped[str] = mapped_column(sa.String(60))
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    letter_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    letter_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    done_what: Mapped[str] = mapped_column(sa.Text, default="")
    done_on: Mapped[date | None]
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))

    recall: Mapped[Recall] = relationship()
    pump: Mapped[Pump] = relationship()
    letter_by: Mapped[Staff | None] = relationship(foreign_keys=[letter_by_id])
    done_by: Mapped[Staff | None] = relationship(foreign_keys=[done_by_id])

    __table_args__ = (
        sa.CheckConstraint("(done_at IS NULL) = (done_what = '')", name="an_end_says_what"),
        sa.CheckConstraint(
            "(letter_at IS NULL) = (letter_by_id IS NULL)", name="a_letter_has_its_sender"
        ),
        sa.Index(
            "uq_recall_pump_open",
            "recall_id",
            "pump_id",
            unique=True,
            sqlite_where=sa.text(IS_OPEN),
            postgresql_where=sa.text(IS_OPEN),
        ),
    )

    @property
    def is_open(self) -> bool:
        return self.done_at is None
