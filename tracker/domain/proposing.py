"""Which days to offer for the next visit, before the patient leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tracker.domain.calendar import OpenDays

LEAD = 2  # ours: open days kept before refill-by, so that a missed visit can be made good
OFFERED = 3  # ours: as many as one can say to a patient
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """Days for the next visit, earliest first; `has_room` for a second try before refill-by.

    `passed_over` are later days on which the visit could be if there were places.
    """

    days: tuple[date, ...]
    has_room: bool
    passed_over: tuple[date, ...] = ()


def days_to_offer(
    refill_by_at: datetime,
    open_days: OpenDays,
    *,
    earliest: date,
    is_free: Callable[[date], bool] = lambda day: True,
) -> Offer:
    """The last open days that leave LEAD open days before refill-by.

    A day that isn't free (its places are taken, the patient is away) gives way to the one
    before. Where that is too near, whatever free day there still is up to refill-by; never one
    after it, nor before `earliest`.
    """
    late: list[date] = []
    found: list[date] = []
    full: list[date] = []
    passed = 0
    day = refill_by_at.astimezone(open_days.zone).date()
    while day >= earliest and len(found) < OFFERED:
        if open_days.is_open(day):
            passed += 1
            if not is_free(day):
                full.append(day)
            elif passed <= LEAD:
                late.append(day)
            else:
                found.append(day)
        day -= DAY
    return Offer(tuple(reversed(found or late)), bool(found), tuple(reversed(full)))
