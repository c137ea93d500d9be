"""How many of something fall into each month of a period, as columns."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tracker.services.figures import Period
from tracker.web.columns_picture import Column, Drawing, draw_columns

INSTANT = timedelta(microseconds=1)
LONGEST_MONTH = timedelta(days=31)  # from the first day of any month into the next
MOST_MONTHS = 36  # ours: columns of more are too narrow to be told apart

# When it was, whether its part of the column is filled, and how much of it.
Case = tuple[datetime, bool, Decimal | int]


def by_month(period: Period, cases: Iterable[Case], zone: ZoneInfo) -> tuple[Drawing, ...]:
    """The columns of the months by the clinic's calendar, amounts rounded down.

    The months are those of the period, and of what was written down in it and was so before.
    """
    known = [
        (at.astimezone(zone).date().replace(day=1), is_filled, amount)
        for at, is_filled, amount in cases
    ]
    since, until = period.since.astimezone(zone), period.until.astimezone(zone) - INSTANT
    ends = [since.date(), until.date(), *(one[0] for one in known)]
    sums: dict[date, list[Decimal]] = {}
    month, last = min(ends).replace(day=1), max(ends)
    while month <= last:
        sums[month] = [Decimal(0), Decimal(0)]
        month = (month + LONGEST_MONTH).replace(day=1)
    if len(sums) > MOST_MONTHS:
        return ()
    for month, is_filled, amount in known:
        sums[month][not is_filled] += amount
    return draw_columns(
        [Column(f"{one:%b %Y}", int(some[0]), int(some[1])) for one, some in sums.items()]
    )
