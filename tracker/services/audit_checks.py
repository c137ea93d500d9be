"""What an audit looks for beside the ends of the queues: each a question that names the rows.

None of them asks the code that plans and sends; none looks back only so far. Each is answered
by an index that holds what is open, in force or unclear: it costs what is wrong or under way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tracker.domain.danger import WatchKind
from tracker.domain.silence import LONGEST
from tracker.models import (
    Absence,
    Attempt,
    DeliveryReport,
    Membership,
    Message,
    Pump,
    SilenceRow,
    Staff,
    Watch,
)
from tracker.models.message import UNKNOWN_OPEN, UNREPORTED
from tracker.services.rosters import UNREACHABLE, staff_is_reachable

LATE = timedelta(minutes=2)  # two ticks
LONGEST_PAUSE = timedelta(days=7)  # domain/policy: an urgent step repeats at least so often
UNREPORTED_TOO_LONG = timedelta(hours=24)  # PEERS 5.7
FAILING_WITHIN, FEWEST_ATTEMPTS = timedelta(hours=1), 10  # ours: fewer say nothing
SLICE = 2000  # pumps looked at in one tick; the database itself refuses what is looked for


def _moment(name: str) -> sa.BindParameter[datetime]:
    return sa.bindparam(name, type_=Watch.opened_at.type)  # with its zone, as the columns have


# Said at every tick, so the statements are put together once and given their moments then.
NOW, LATE_AT, ASLEEP_AT = _moment("now"), _moment("late_at"), _moment("asleep_at")
UNREPORTED_AT, FAILING_FROM = _moment("unreported_at"), _moment("failing_from")
LONGEST_END = _moment("longest_end")


def moments(*, now: datetime) -> dict[str, datetime]:
    """The instants that the checks compare with."""
    return {
        "now": now,
        "late_at": now - LATE,
        "asleep_at": now + LONGEST_PAUSE,
        "unreported_at": now - UNREPORTED_TOO_LONG,
        "failing_from": now - FAILING_WITHIN,
        "longest_end": now + max(LONGEST.values()),
    }


Rows = sa.Select[*tuple[Any, ...]]  # clinic, and the row that shows it


@dataclass(frozen=True, slots=True)
class Check:
    """One question: which promise, which rows break it, and the sentence for staff."""

    promise: str
    rows: Callable[[], Rows]
    sentence: str
    ref: str


def owners_gone() -> Rows:
    """People who own open watches and have left, or can't be reached at all."""
    owns = sa.exists().where(
        Watch.closed_at.is_(None),
        Watch.owner_id == Staff.id,
        Watch.clinic_id == Membership.clinic_id,
    )
    return (
        sa.select(Membership.clinic_id, Staff.id)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(sa.not_(staff_is_reachable()), owns)
    )


def owners_away() -> Rows:
    """Watches whose owner is away now, with nobody who stands in and can be reached."""
    deputy, again = aliased(Staff), aliased(Absence)
    stands_in = sa.func.coalesce(Absence.deputy_id, Membership.deputy_id)
    deputy_away = sa.exists().where(
        again.staff_id == stands_in,
        again.clinic_id == Absence.clinic_id,
        again.withdrawn_at.is_(None),
        again.starts_at <= NOW,
        again.ends_at > NOW,
    )
    works = sa.and_(
        deputy.left_at.is_(None), deputy.email_state.not_in(UNREACHABLE), sa.not_(deputy_away)
    )
    owns = sa.exists().where(
        Watch.closed_at.is_(None),
        Watch.owner_id == Absence.staff_id,
        Watch.clinic_id == Absence.clinic_id,
    )
    return (
        sa.select(Absence.clinic_id, Absence.id)
        .outerjoin(
            Membership,
            sa.and_(
                Membership.staff_id == Absence.staff_id,
                Membership.clinic_id == Absence.clinic_id,
            ),
        )
        .outerjoin(deputy, deputy.id == stands_in)
        .where(
            Absence.withdrawn_at.is_(None),
            Absence.starts_at <= NOW,
            Absence.ends_at > NOW,
            sa.or_(deputy.id.is_(None), sa.not_(works)),
            owns,
        )
    )


def silences_too_long() -> Rows:
    """Silences in force past their end, past the date, or longer than any may be."""
    return (
        sa.select(Watch.clinic_id, SilenceRow.watch_id)
        .join(Watch, Watch.id == SilenceRow.watch_id)
        .where(
            SilenceRow.ended_at.is_(None),
            Watch.closed_at.is_(None),
            sa.or_(
                SilenceRow.until <= LATE_AT,
                Watch.danger_at <= LATE_AT,
                SilenceRow.until > LONGEST_END,
            ),
        )
    )


def urgent_and_asleep() -> Rows:
    """Urgent watches that won't speak for longer than any urgent step may keep quiet."""
    return sa.select(Watch.clinic_id, Watch.id).where(
        Watch.closed_at.is_(None),
        Watch.level == "urgent",
        Watch.next_action_at > ASLEEP_AT,
    )


def unclear_and_forgotten() -> Rows:
    """Messages that perhaps never arrived, of open watches, with nothing that followed."""
    later, phone = aliased(Message), aliased(Watch)
    again = sa.exists().where(
        later.watch_id == Message.watch_id,
        later.id > Message.id,
        later.staff_id == Message.staff_id,
    )
    asked = sa.exists().where(
        phone.kind == WatchKind.UNDELIVERABLE,
        phone.pump_id == Watch.pump_id,
        sa.or_(phone.closed_at.is_(None), phone.opened_at >= Message.planned_at),
    )
    return (
        sa.select(Message.clinic_id, Message.id)
        .join(Watch, Watch.id == Message.watch_id)
        .where(
            sa.text(UNKNOWN_OPEN),
            Watch.closed_at.is_(None),
            sa.or_(
                sa.and_(Message.staff_id.is_not(None), sa.not_(again)),
                sa.and_(Message.contact_id.is_not(None), sa.not_(asked)),
            ),
        )
    )


def texts_unreported() -> Rows:
    """Texts of which a provider that does report has said nothing for a day."""
    reports = sa.exists().where(DeliveryReport.message_id.is_not(None))
    return sa.select(Message.clinic_id, Message.id).where(
        sa.text(UNREPORTED),
        Message.sent_at <= UNREPORTED_AT,
        Message.reference.is_not(None),
        reports,
    )


def channel_failing() -> Rows:
    """Clinics of whose attempts of the last hour more than half failed."""
    failed = sa.func.sum(sa.case((Attempt.outcome.in_(("sent", "started")), 0), else_=1))
    return (
        sa.select(Message.clinic_id, sa.func.max(Message.id))
        .select_from(Attempt)
        .join(Message, Message.id == Attempt.message_id)
        .where(Attempt.started_at > FAILING_FROM, Attempt.started_at <= NOW)
        .group_by(Message.clinic_id, Message.channel)
        .having(sa.func.count() >= FEWEST_ATTEMPTS, failed * 2 > sa.func.count())
    )


def pumps_unwatched(first_id: int) -> Rows:
    """Active pumps of one slice without an open refill watch: an independent second look."""
    return (
        sa.select(Pump.clinic_id, Pump.id)
        .outerjoin(
            Watch,
            sa.and_(
                Watch.pump_id == Pump.id,
                Watch.kind == WatchKind.REFILL,
                Watch.closed_at.is_(None),
            ),
        )
        .where(
            Pump.id >= first_id,
            Pump.id < first_id + SLICE,
            Pump.ended_at.is_(None),
            Watch.id.is_(None),
        )
    )


CHECKS = (
    Check("owner", owners_gone, "A watch belongs to somebody who can't be reached.", "staff"),
    Check("absence", owners_away, "Somebody is away, and nobody who stands in.", "absence"),
    Check("silence", silences_too_long, "A watch is silenced for longer than may be.", "watch"),
    Check(
        "urgent", urgent_and_asleep, "An urgent watch would say nothing for a week.", "watch"
    ),
    Check(
        "unclear",
        unclear_and_forgotten,
        "A message perhaps never arrived, and nobody has followed it up.",
        "message",
    ),
    Check(
        "reports",
        texts_unreported,
        "The provider has not said for a day whether a text arrived.",
        "message",
    ),
    Check("channel", channel_failing, "More than half of what is sent fails.", "message"),
)


@cache
def whether_any() -> sa.Select[*tuple[Any, ...]]:
    """One question for all checks: is anything wrong at all?"""
    return sa.select(*(sa.exists(check.rows()).label(check.promise) for check in CHECKS))
