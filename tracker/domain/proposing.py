"""Which days to offer for the next visit, before the patient leaves."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tracker.domain.calendar import OpenDays

LEAD = 2  # ours: open days kept before refill-by, so that a missed visit can be made good
OFFERED = 3  # ours: as many as one can say to a patient
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """Days for the next visit, earliest first; `has_room` for a second try before refill-by."""

    days: tuple[date, ...]
    has_room: bool


def days_to_offer(refill_by_at: datetime, open_days: OpenDays, *, earliest: date) -> Offer:
    """The last open days that leave LEAD open days before refill-by.

    Where that is too near, whatever open day there still is up to refill-by; never one after
    it, nor before `earliest`.
    """
    found: list[date] = []
    day = refill_by_at.astimezone(open_days.zone).date()
    while day >= earliest and len(found) < LEAD + OFFERED:
        if open_days.is_open(day):
            found.append(day)
        day -= DAY
    with_room = found[LEAD:]
    return Offer(tuple(reversed(with_room or found)), bool(with_room))
