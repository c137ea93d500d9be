"""Which days to offer for the next visit, before the patient leaves."""

from datetime import date, datetime, timedelta

from tracker.domain.calendar import OpenDays

LEAD = 2  # ours: open days kept before refill-by, so that a missed visit can be made good
OFFERED = 3  # ours: as many as one can say to a patient
DAY = timedelta(days=1)


def days_to_offer(
    refill_by_at: datetime, open_days: OpenDays, *, earliest: date
) -> tuple[date, ...]:
    """The last open days that leave LEAD open days before refill-by, earliest first.

    Where that is too near, whatever open day there still is up to refill-by; never one after
    it, nor before `earliest`.
    """
    last = refill_by_at.astimezone(open_days.zone).date()
    found: list[date] = []
    day = last
    while day >= earliest and len(found) < LEAD + OFFERED:
        if open_days.is_open(day):
            found.append(day)
        day -= DAY
    return tuple(reversed(found[LEAD:] or found))
