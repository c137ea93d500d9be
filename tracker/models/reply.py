"""What comes back: people's answers, and what a provider says of a message later."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.message import Channel
from tracker.domain.reply import ReplyKind
from tracker.models.columns import words
from tracker.models.message import Message
from tracker.models.people import Contact, Patient, Staff
from tracker.models.sealed import Sealed
from tracker.models.watch import Watch


class Reply(Base):
    """One answer as it came in. It is kept for ever, whoever sent it."""

    __tablename__ = "reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    channel: Mapped[Channel] = mapped_column(words(Channel))
    from_address: Mapped[str] = mapped_column(Sealed)
    to_address: Mapped[str] = mapped_column(sa.String(254), default="")
    body: Mapped[str] = mapped_column(sa.Text)
    kind: Mapped[ReplyKind] = mapped_column(words(ReplyKind))
    provider: Mapped[str] = mapped_column(sa.String(40))
    provider_ref: Mapped[str] = mapped_column(sa.String(200))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    contact_id: Mapped[int | None] = mapped_column(  # None: nobody's, or several people's
        sa.ForeignKey("contact.id")
    )
    patient_id: Mapped[int | None] = mapped_column(sa.ForeignKey("patient.id"))
    watch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("watch.id"))
    handled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    handled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    handled_how: Mapped[str] = mapped_column(sa.String(300), default="")

    contact: Mapped[Contact | None] = relationship()
    patient: Mapped[Patient | None] = relationship()
    watch: Mapped[Watch | None] = relationship()
    handled_by: Mapped[Staff | None] = relationship()

    __table_args__ = (
        # the same answer called in twice is one
        sa.UniqueConstraint("clinic_id", "provider", "provider_ref"),
        sa.Index("ix_reply_inbox", "clinic_id", "id"),
    )


class DeliveryReport(Base):
    """What a provider said of a message after it had taken it; kept also if we know no such."""

    __tablename__ = "delivery_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id"), index=True)
    provider: Mapped[str] = mapped_column(sa.String(40))
    provider_ref: Mapped[str] = mapped_column(sa.String(200), index=True)
    status: Mapped[str] = mapped_column(sa.String(40))
    code: Mapped[str] = mapped_column(sa.String(40), default="")
    text: Mapped[str] = mapped_column(Sealed, default="")  # names the number, too
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    message: Mapped[Message | None] = relationship()
