"""The work of the coming weeks: each open refill once, beside how many visits a week holds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 12  # ours: as far as a clinic books
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
Places = Callable[[date], int | None]  # how many visits a day holds; None: no limit is set


@dataclass(frozen=True, slots=True)
class Week:
    """One week by its Monday: visits that are booked, and refills that have none yet."""

    monday: date
    booked: int
    unbooked: int
    places: int | None  # None where no limit is set for one of its days

    @property
    def work(self) -> int:
        return self.booked + self.unbooked

    @property
    def too_many(self) -> int:
        """How many more than the week holds; 0 where no limit is set."""
        return 0 if self.places is None else max(0, self.work - self.places)


def workload(
    booked: Iterable[date], unbooked: Iterable[date], *, places: Places, today: date
) -> list[Week]:
    """The coming weeks: visits by their day, refills without one by their refill-by date.

    What is late already is work of this week; of this week only the days to come have places.
    """
    first = today - DAY * today.weekday()
    counts = [_by_week(days, first) for days in (booked, unbooked)]
    mondays = [first + WEEK * number for number in range(WEEKS)]
    return [
        Week(
            monday,
            counts[0].get(monday, 0),
            counts[1].get(monday, 0),
            _held(monday, places, today),
        )
        for monday in mondays
    ]


def _by_week(days: Iterable[date], first: date) -> dict[date, int]:
    found: dict[date, int] = {}
    for day in days:
        monday = max(day - DAY * day.weekday(), first)
        found[monday] = found.get(monday, 0) + 1
    return found


def _held(monday: date, places: Places, today: date) -> int | None:
    days = (monday + DAY * number for number in range(7))
    held = [places(day) for day in days if day >= today]
    known = [one for one in held if one is not None]
    return sum(known) if len(known) == len(held) else None
