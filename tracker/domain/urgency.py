"""How soon somebody is needed: the only rule of the board that knows the time."""

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tracker.domain.calendar import start_of_day
from tracker.domain.risk import RiskClass

STOPPED_LONG = timedelta(hours=48)  # S:2: a pump stopped longer is a critical alarm


def stopped_long_at(stopped_since: datetime, risk: RiskClass) -> datetime:
    """By when somebody must have seen to a stopped pump.

    At once where withdrawal follows (DOMAIN 3.2); else by its own critical alarm. Source: S:2.
    """
    return stopped_since + STOPPED_LONG if risk is RiskClass.LOW else stopped_since


def told_stop(stopped_since: datetime, *, now: datetime) -> str:
    """How long a pump has been stopped, and how that stands to the 48 hours."""
    stopped_for, left = now - stopped_since, STOPPED_LONG - (now - stopped_since)
    if left > timedelta(0):
        return f"for {_hours(stopped_for)}; {_hours(left)} are left of the 48 hours"
    return f"for {_hours(stopped_for)}: past the 48 hours after which it is a critical alarm"


def _hours(span: timedelta) -> str:
    """Whole hours, from three days on with the days: rather too few than too many."""
    hours = max(0, span // timedelta(hours=1))
    days, rest = divmod(hours, 24)
    return f"{days} days {rest} h" if days >= 3 else f"{hours} h"


class Bucket(StrEnum):
    """Where a row stands on the board, from worst to best but for what can't be computed."""

    LATE = "late"
    THIS_WEEK = "this_week"
    FOUR_WEEKS = "four_weeks"
    LATER = "later"
    UNKNOWN = "unknown"


def bucket_edges(*, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime, datetime]:
    """Up to when a danger is late (included), this week's and four weeks' (not included), UTC.

    Weeks are days of the clinic: what is due on the seventh day from today is this week's.
    """
    today = now.astimezone(zone).date()
    week, four = (start_of_day(today + timedelta(days=days + 1), zone) for days in (7, 28))
    return now, week, four


def is_late(danger_at: datetime | None, *, now: datetime) -> bool:
    """Whether a danger is late: from its very instant on. What has no date is not known to be.

    `services/lateness` is the same for a question to the database.
    """
    return danger_at is not None and danger_at <= now


def bucket(danger_at: datetime | None, *, now: datetime, zone: ZoneInfo) -> Bucket:
    """Where a danger stands: late from its very instant on, then by days of the clinic."""
    return bucket_between(danger_at, bucket_edges(now=now, zone=zone))


def bucket_between(
    danger_at: datetime | None, edges: tuple[datetime, datetime, datetime]
) -> Bucket:
    """The same by edges worked out before, for many dangers at one time."""
    if danger_at is None:
        return Bucket.UNKNOWN
    late, week, four_weeks = edges
    if is_late(danger_at, now=late):
        return Bucket.LATE
    if danger_at < week:
        return Bucket.THIS_WEEK
    return Bucket.FOUR_WEEKS if danger_at < four_weeks else Bucket.LATER
