"""Addresses of other programs that are told when a watch changes, and what they are told."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.webhook import EventKind, EventState
from tracker.models.columns import not_negative, words
from tracker.models.people import Clinic, Staff
from tracker.models.sealed import Sealed

WAITS = "state IN ('waiting', 'claimed')"


class Webhook(Base):
    """One address for one clinic, until it is revoked. Its path can hold a secret of theirs."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    host: Mapped[str] = mapped_column(sa.String(255))
    address: Mapped[str] = mapped_column(Sealed)
    secret: Mapped[str] = mapped_column(Sealed)
    old_secret: Mapped[str | None] = mapped_column(Sealed)
    old_secret_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"))
    agreed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # None: told nothing yet
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))

    # how its calls go, written by delivery
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    next_try_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    clinic: Mapped[Clinic] = relationship()
    made_by: Mapped[Staff] = relationship(foreign_keys=[made_by_id])

    __table_args__ = (
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by_somebody"
        ),
        sa.CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)", name="an_old_secret_ends"
        ),
        *not_negative("failures"),
    )


class WebhookEvent(Base):
    """What one address is told once it answers: written with the change, delivered later."""

    __tablename__ = "webhook_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhook.id"), index=True)
    watch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("watch.id"))  # None: a test
    key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    kind: Mapped[EventKind] = mapped_column(words(EventKind))
    body: Mapped[str] = mapped_column(sa.Text)  # to the byte as each try sends it
    happened_at: Mapped[datetime] = mapped_column(UTCDateTime)

    state: Mapped[EventState] = mapped_column(words(EventState), default=EventState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    code: Mapped[int | None]  # what was answered last
    problem: Mapped[str] = mapped_column(sa.String(200), default="")

    webhook: Mapped[Webhook] = relationship()

    __table_args__ = (
        sa.CheckConstraint(
            "(state = 'claimed') = (lease_until IS NOT NULL)", name="claimed_for_a_while"
        ),
        *not_negative("tries"),
        sa.Index(
            "ix_webhook_event_waiting",
            "webhook_id",
            "tries",
            "id",
            sqlite_where=sa.text(WAITS),
            postgresql_where=sa.text(WAITS),
        ),
    )
