"""The outbox: one row is both the intention and the queue, and stays as evidence."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.escalation import Level
from tracker.domain.message import Channel, MessageState
from tracker.models.columns import not_negative, words
from tracker.models.people import Contact, Staff
from tracker.models.sealed import Sealed
from tracker.models.watch import Watch

# Said word for word by the indexes and by what asks them: with bound values SQLite would read
# the whole table.
UNSENT = "state IN ('planned', 'held')"
PLANNED = "state = 'planned'"
TO_STAFF = "sent_at IS NOT NULL AND staff_id IS NOT NULL"
TEXT_TO_CONTACT = "channel = 'sms' AND contact_id IS NOT NULL AND sent_at IS NOT NULL"
CLAIMED = "state = 'claimed'"
UNKNOWN_OPEN = "message.state = 'unknown'"
UNREPORTED = "message.channel = 'sms' AND message.state = 'sent'"


class Message(Base):
    """One thing to be said to one person. `key` is watch:step:round:recipient:channel."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    watch_id: Mapped[int] = mapped_column(sa.ForeignKey("watch.id"))
    step: Mapped[int]
    round: Mapped[int]
    level: Mapped[Level] = mapped_column(words(Level))
    template: Mapped[str] = mapped_column(sa.String(60))
    staff_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id"))
    channel: Mapped[Channel] = mapped_column(words(Channel))

    state: Mapped[MessageState] = mapped_column(words(MessageState))
    state_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)  # moves on with back-off and holds
    claimed_by: Mapped[str | None] = mapped_column(sa.String(120))
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    leader_id: Mapped[int | None] = mapped_column(  # said within that message, a digest
        sa.ForeignKey("message.id"), index=True
    )

    address: Mapped[str | None] = mapped_column(Sealed)
    subject: Mapped[str | None] = mapped_column(sa.Text)
    body: Mapped[str | None] = mapped_column(sa.Text)
    provider_id: Mapped[str | None] = mapped_column(sa.String(200))
    reference: Mapped[str | None] = mapped_column(  # by which reports and bounces name it
        sa.String(120), index=True
    )
    planned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    watch: Mapped[Watch] = relationship()
    staff: Mapped[Staff | None] = relationship()
    contact: Mapped[Contact | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint("(staff_id IS NULL) <> (contact_id IS NULL)", name="one_recipient"),
        sa.CheckConstraint(
            "state <> 'claimed' OR lease_until IS NOT NULL", name="a_claim_has_a_lease"
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'delivered') OR sent_at IS NOT NULL",
            name="what_is_sent_says_when",
        ),
        *not_negative("step", "round", "attempts"),
        # delivery: what is to be sent now, the loudest first?
        sa.Index(
            "ix_message_order",
            "level",
            "due_at",
            "id",
            sqlite_where=sa.text(PLANNED),
            postgresql_where=sa.text(PLANNED),
        ),
        # a digest: what else is to be said to this member of staff now?
        sa.Index(
            "ix_message_together",
            "staff_id",
            "due_at",
            sqlite_where=sa.text(PLANNED),
            postgresql_where=sa.text(PLANNED),
        ),
        # the ceiling: how much was this member of staff sent lately?
        sa.Index(
            "ix_message_staff_sent",
            "staff_id",
            "sent_at",
            sqlite_where=sa.text(TO_STAFF),
            postgresql_where=sa.text(TO_STAFF),
        ),
        # the ceiling: which texts was this contact sent last?
        sa.Index(
            "ix_message_texts",
            "contact_id",
            "sent_at",
            sqlite_where=sa.text(TEXT_TO_CONTACT),
            postgresql_where=sa.text(TEXT_TO_CONTACT),
        ),
        # the release of what was held, and what should have gone by now
        sa.Index(
            "ix_message_due",
            "due_at",
            "id",
            sqlite_where=sa.text(UNSENT),
            postgresql_where=sa.text(UNSENT),
        ),
        # climbing: what waits still of this watch, and gives way to what is newer?
        sa.Index(
            "ix_message_unsent",
            "watch_id",
            sqlite_where=sa.text(UNSENT),
            postgresql_where=sa.text(UNSENT),
        ),
        # the sweep: whose lease ran out?
        sa.Index(
            "ix_message_lease",
            "lease_until",
            sqlite_where=sa.text(CLAIMED),
            postgresql_where=sa.text(CLAIMED),
        ),
        # the audit: what is unclear, and of which texts nothing has been reported
        sa.Index(
            "ix_message_unknown",
            "watch_id",
            sqlite_where=sa.text("state = 'unknown'"),
            postgresql_where=sa.text("state = 'unknown'"),
        ),
        sa.Index(
            "ix_message_unreported",
            "sent_at",
            sqlite_where=sa.text("channel = 'sms' AND state = 'sent'"),
            postgresql_where=sa.text("channel = 'sms' AND state = 'sent'"),
        ),
        # the board's "what was sent last", and a pump's history
        sa.Index("ix_message_watch", "watch_id", "id"),
        # the outbox page
        sa.Index("ix_message_outbox", "clinic_id", "id"),
    )


class Attempt(Base):
    """One try at handing a message over, with the provider's own words."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("message.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str] = mapped_column(sa.String(20))
    provider_code: Mapped[str] = mapped_column(sa.String(40), default="")
    provider_text: Mapped[str] = mapped_column(sa.Text, default="")
