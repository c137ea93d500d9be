"""Who is signed in where, since when, and by which proof."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.models.columns import words
from tracker.models.people import Staff


class How(StrEnum):
    """The proof with which somebody came in."""

    PASSWORD = "password"  # nosec B105 - a word for it
    TOTP = "totp"
    RECOVERY = "recovery"
    PASSKEY = "passkey"
    SSO = "sso"


class SignIn(Base):
    """One browser in which somebody is signed in. The browser holds the token, we its hash."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    # the person's at that time: whoever replaces theirs ends every sign-in, one that comes in
    # at the same moment too
    session_token: Mapped[str] = mapped_column(sa.String(64))
    how: Mapped[How] = mapped_column(words(How))
    agent: Mapped[str] = mapped_column(sa.String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    stepped_up_at: Mapped[datetime] = mapped_column(UTCDateTime)
    hidden_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    staff: Mapped[Staff] = relationship()

    __table_args__ = (
        sa.CheckConstraint("seen_at >= created_at", name="is_seen_after_it_began"),
    )


class Trial(Base):
    """Mistakes in a row under one key, which is a hash: no name is kept of who never was."""

    __tablename__ = "trial"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class Invitation(Base):
    """A link by which somebody chooses a password, once. It holds the token, we its hash."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    reason: Mapped[str] = mapped_column(sa.String(200))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))  # None: a command
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
