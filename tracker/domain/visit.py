"""A booked visit, as far as it decides what a watch says: it quietens, and never ends."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MORNING_AFTER = time(8)  # ours: the next working hour in which somebody can telephone


class VisitState(StrEnum):
    """What became of an appointment."""

    BOOKED = "booked"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"
    MOVED = "moved"


class Transport(StrEnum):
    """How the patient comes to a visit."""

    NOT_ASKED = "not_asked"
    OWN = "own"
    ARRANGED = "arranged"
    NEEDED = "needed"  # and nobody has arranged it yet


def is_in_time(
    visit_at: datetime | None, refill_by_at: datetime | None, *, today: date, zone: ZoneInfo
) -> bool:
    """Whether a booked visit answers a refill: it comes before refill-by, and not in the past.

    One whose day has passed without a word of what became of it answers nothing.
    """
    if visit_at is None or refill_by_at is None or visit_at > refill_by_at:
        return False
    return visit_at.astimezone(zone).date() >= today


def morning_after(visit_at: datetime, zone: ZoneInfo) -> datetime:
    """When a ladder that a visit has quietened speaks again, if no refill is on record."""
    next_day = visit_at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(next_day, MORNING_AFTER, tzinfo=zone)
