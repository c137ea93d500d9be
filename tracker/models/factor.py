"""What somebody has besides a password: an authenticator, passkeys, recovery codes."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.account_change import AccountChange
from tracker.models.columns import not_negative, words
from tracker.models.people import Staff
from tracker.models.sealed import Sealed


class Authenticator(Base):
    """The secret shared with an authenticator app, sealed; it counts once it is confirmed."""

    __tablename__ = "authenticator"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"), unique=True)
    secret: Mapped[str] = mapped_column(Sealed)
    last_step: Mapped[int] = mapped_column(sa.BigInteger)  # of the code that was used last
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RecoveryCode(Base):
    """A code for the day on which the telephone is lost; good for once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Passkey(Base):
    """The public half of a key that a device or a browser keeps for somebody."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    credential_id: Mapped[str] = mapped_column(
        sa.String(1400), unique=True
    )  # 1023 bytes at most
    public_key: Mapped[str] = mapped_column(sa.Text)
    sign_count: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str] = mapped_column(sa.String(80))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    staff: Mapped[Staff] = relationship()


class SpentChallenge(Base):
    """A challenge that was answered here or at the hospital: it opens nothing a second time."""

    __tablename__ = "spent_challenge"

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    spent_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class AccountNotice(Base):
    """What its owner is told when an account changes, at the address known before."""

    __tablename__ = "account_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    change: Mapped[AccountChange] = mapped_column(words(AccountChange))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))  # None: by command
    address: Mapped[str] = mapped_column(Sealed)
    happened_at: Mapped[datetime] = mapped_column(UTCDateTime)

    # how telling it goes, written by delivery
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)  # None: done
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
    by: Mapped[Staff | None] = relationship(foreign_keys=[by_id])

    __table_args__ = (
        *not_negative("tries"),
        sa.CheckConstraint(
            "sent_at IS NULL OR next_try_at IS NULL", name="what_is_sent_is_tried_no_more"
        ),
    )
