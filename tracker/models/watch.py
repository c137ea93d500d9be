"""The watch, the policy it climbs, and the heartbeat of what climbs it."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Base, UTCDateTime
from tracker.domain.danger import Rule, WatchKind
from tracker.domain.escalation import Level
from tracker.domain.ranking import Rank, rank_of
from tracker.domain.risk import RiskClass
from tracker.models.columns import not_negative, words
from tracker.models.people import Staff
from tracker.models.pump import Pump

URGENT = "closed_at IS NULL AND level = 'urgent'"
ALARMS = "closed_at IS NULL AND alarm_id IS NOT NULL"
CALLS = "closed_at IS NULL AND next_call_on IS NOT NULL"
# A report is nothing that somebody has to do: the board doesn't list it.
UNDATED = (
    "closed_at IS NULL AND danger_at IS NULL"
    " AND kind NOT IN ('refill', 'battery', 'day_report', 'week_report')"
)


def _rank(context: Any) -> int:
    """The rank of a watch that is added without one."""
    return rank_of(context.get_current_parameters()["kind"])


class Policy(Base):
    """One version of a clinic's ladder for a kind of watch and a risk class. Never changed."""

    __tablename__ = "policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    kind: Mapped[WatchKind] = mapped_column(words(WatchKind))
    risk_class: Mapped[RiskClass] = mapped_column(words(RiskClass))
    version: Mapped[int]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by_id: Mapped[int | None] = mapped_column(  # None: shipped with the program
        sa.ForeignKey("staff.id")
    )

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "kind", "risk_class", "version"),
        # JSON is text on SQLite and has no equality on PostgreSQL
        sa.CheckConstraint("CAST(steps AS VARCHAR) NOT IN ('[]', 'null')", name="has_steps"),
        sa.CheckConstraint("version > 0", name="version_is_positive"),
    )


class Watch(Base):
    """One danger, open until evidence closes it.

    Dates are written by services/watches, the position on the ladder by services/climbing;
    services/lifespans opens, settles and closes.
    """

    __tablename__ = "watch"

    id: Mapped[int] = mapped_column(primary_key=True)
    clinic_id: Mapped[int] = mapped_column(sa.ForeignKey("clinic.id"))
    pump_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pump.id"), index=True)
    kind: Mapped[WatchKind] = mapped_column(words(WatchKind))
    rank: Mapped[int] = mapped_column(  # see domain/ranking
        sa.SmallInteger, default=_rank, server_default=str(Rank.CLINICAL.value)
    )

    danger_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    earliest_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    likely_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    latest_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    date_moves: Mapped[int] = mapped_column(default=0)  # by which calendars know a new date
    date_moved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    dry_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # earliest credible empty, EOS
    counts_from_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    leaves_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # away over the date
    leaving_known_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    binding_rule: Mapped[Rule | None] = mapped_column(words(Rule))
    explanation: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    drugs: Mapped[str] = mapped_column(sa.String(200), default="")
    levels: Mapped[list[list[str]] | None] = mapped_column(  # [instant, mL] to draw a line by
        sa.JSON(none_as_null=True)
    )
    risk_class: Mapped[RiskClass] = mapped_column(words(RiskClass))
    stopped_since: Mapped[datetime | None] = mapped_column(UTCDateTime)

    policy_id: Mapped[int] = mapped_column(sa.ForeignKey("policy.id"))
    level: Mapped[Level] = mapped_column(words(Level), default=Level.INFO)
    cursor: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=0)
    perhaps_told: Mapped[int] = mapped_column(  # up to this step, unknown to restored records
        sa.SmallInteger, default=0, server_default="0"
    )
    fired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_action_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    next_action: Mapped[str] = mapped_column(sa.String(120), default="")
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff.id"))

    alarm_id: Mapped[int | None] = mapped_column(  # of a device, that it is about
        sa.ForeignKey("device_alarm.id"), index=True
    )
    inhibited_by: Mapped[str | None] = mapped_column(  # the alarm that is open and says more
        sa.String(60)
    )
    next_call_on: Mapped[date | None]  # of the newest call: see services/contact_attempts
    visit_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the appointment booked
    reopens_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime
    )  # morning after; or called off

    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    evidence_kind: Mapped[str | None] = mapped_column(sa.String(40))
    evidence_id: Mapped[int | None]
    open_key: Mapped[str | None] = mapped_column(sa.String(60), unique=True)

    pump: Mapped[Pump | None] = relationship(foreign_keys=[pump_id])
    policy: Mapped[Policy] = relationship()
    owner: Mapped[Staff | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint(
            "closed_at IS NOT NULL OR (next_action_at IS NOT NULL AND owner_id IS NOT NULL)",
            name="an_open_watch_is_covered",
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (open_key IS NOT NULL)", name="open_key_while_open"
        ),
        *not_negative("cursor", "round"),
        sa.CheckConstraint(
            "closed_at IS NULL OR evidence_kind IS NOT NULL", name="only_evidence_closes"
        ),
        # the board: one clinic's open watches, worst first
        sa.Index(
            "ix_watch_danger",
            "clinic_id",
            "rank",
            "danger_at",
            "id",
            sqlite_where=sa.text("closed_at IS NULL AND danger_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND danger_at IS NOT NULL"),
        ),
        # the counts of the board, and lists by date
        sa.Index(
            "ix_watch_board",
            "clinic_id",
            "danger_at",
            "id",
            sqlite_where=sa.text("closed_at IS NULL AND danger_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND danger_at IS NOT NULL"),
        ),
        # the board: what is open and has no date (a dated kind without one has a no_data watch)
        sa.Index(
            "ix_watch_undated",
            "clinic_id",
            "rank",
            "id",
            sqlite_where=sa.text(UNDATED),
            postgresql_where=sa.text(UNDATED),
        ),
        # the board: which alarms of pumps are open
        sa.Index(
            "ix_watch_alarms",
            "clinic_id",
            sqlite_where=sa.text(ALARMS),
            postgresql_where=sa.text(ALARMS),
        ),
        # the board: whom to call again today
        sa.Index(
            "ix_watch_calls",
            "clinic_id",
            "next_call_on",
            sqlite_where=sa.text(CALLS),
            postgresql_where=sa.text(CALLS),
        ),
        # the audit: whose are the open ones, and which are urgent?
        sa.Index(
            "ix_watch_owner",
            "owner_id",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        sa.Index(
            "ix_watch_urgent",
            "id",
            "next_action_at",
            sqlite_where=sa.text(URGENT),
            postgresql_where=sa.text(URGENT),
        ),
        # the audit, a record, the page of a pump: what is watched of it?
        sa.Index(
            "ix_watch_open",
            "pump_id",
            "kind",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        # the figures: what ended in this quarter?
        sa.Index(
            "ix_watch_ended",
            "clinic_id",
            "kind",
            "closed_at",
            sqlite_where=sa.text("closed_at IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        ),
        # the tick: which watches are due?
        sa.Index(
            "ix_watch_due",
            "next_action_at",
            "id",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
    )


class Heartbeat(Base):
    """What one tick did, written also when a phase of it failed."""

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    host: Mapped[str] = mapped_column(sa.String(120))
    planned: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    oldest_due_seconds: Mapped[int] = mapped_column(default=0)
    breaches: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    faults: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    has_passed: Mapped[bool] = mapped_column(default=False)  # the audit ran and found nothing
    pinged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
