"""What the board of a morning must say, worked out from what people did, and from no row.

Plain arithmetic: what was poured in over what was set, less the buffer, back to an open day.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/London")
STRENGTH = 2000  # mcg in each mL of the month's baclofen
MADE_TO_ORDER = 1500  # mcg in each mL, which no maker sells
PHARMACY_DAYS, THERE_DAYS = 5, 2  # open days, as the clinic has set them
UNUSABLE_ML, FASTEST = 1.4, 1.145  # of the story's pump, by its manual
ALARM_ML = 2  # where the low-reservoir alarm stands
# Implanted on 15 January 2024 to run for 84 months; a surgery takes 90 days to arrange.
BATTERY_BY = date(2031, 1, 15) - timedelta(days=90)
BUFFER, DAY, HOUR = timedelta(days=7), timedelta(days=1), timedelta(hours=1)
ASKED_BEFORE = (21, 14, 7, 3, 1)  # days before refill-by
LATE, THIS_WEEK, FOUR_WEEKS, LATER = "Late", "This week", "Next four weeks", "Later"


@dataclass(slots=True)
class Course:
    """One pump: what was put in and set, and what was arranged about it."""

    name: str
    dose: int
    filled_at: datetime
    filled_ml: int = 20
    visit_at: datetime | None = None
    booked_at: datetime | None = None
    confirmed: bool = False
    is_asked_of: datetime | None = None  # a visit that was kept without a refill
    away: tuple[date, date] | None = None
    call_on: date | None = None
    missed_at: datetime | None = None
    alarm_at: datetime | None = None
    strength: int = STRENGTH
    order: str = ""  # of a drug that is made to order: "ordered", then "arrived"


@dataclass(frozen=True, slots=True)
class Expected:
    """A row of the board as it must be; the words are the page's."""

    name: str
    kind: str
    bucket: str
    day: date
    button: str
    visit_on: date | None = None
    is_visit_late: bool = False
    away: tuple[date, date] | None = None
    call_on: date | None = None
    is_in_doubt: bool = False  # by an alarm the pump may give no drug: its date is now


@dataclass(slots=True)
class Ledger:
    """What everybody did."""

    courses: dict[str, Course]
    closed: set[date] = field(default_factory=set)

    def is_open(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.closed

    def refill_by(self, one: Course) -> datetime:
        """The alarm less the buffer; on a closed day the end of the open day before."""
        at = runs_low_at(one) - BUFFER
        day = local(at).date()
        if self.is_open(day):
            return at
        while not self.is_open(day):
            day -= DAY
        return datetime.combine(day, time(23, 59, 59), tzinfo=ZONE)

    def told_between(self, one: Course, now: datetime) -> tuple[date, date]:
        """Since when the newest word about a refill must be, and not after when it may be.

        Staff are asked on each of certain days before refill-by, and from then on every day; a
        visit in time answers that, until the morning after it if nothing was filled.
        """
        by, today = self.refill_by(one), local(now).date()
        if one.visit_at is not None and one.booked_at and now < one.visit_at <= by:
            is_quiet = now < self.speaks_anyway_from(one)
            return date.min, local(one.booked_at).date() if is_quiet else date.max
        steps = [by - days * DAY + HOUR for days in ASKED_BEFORE]
        due = [local(at).date() for at in steps if at <= now - HOUR]
        if by <= now - HOUR:
            due.append(today)
        gone = one.visit_at if one.visit_at and one.visit_at <= now else None
        gone = gone or one.missed_at or one.is_asked_of
        if gone and gone <= by and due:
            due.append(local(gone).date() + DAY)
        return max(due, default=date.min), date.max

    @staticmethod
    def speaks_anyway_from(one: Course) -> datetime:
        """Five days before it may be empty, a visit in time or not."""
        lasts = timedelta(
            days=(one.filled_ml - UNUSABLE_ML) * one.strength / one.dose / FASTEST
        )
        return one.filled_at + lasts - 5 * DAY

    def expected(self, now: datetime) -> list[Expected]:
        """Every refill and every visit that somebody has to see to."""
        rows = [self._refill_row(one, now) for one in self.courses.values()]
        for one in self.courses.values():
            rows += self._visit_row(one, now)
            rows += self._order_row(one, now)
            if one.call_on is not None and one.call_on < local(now).date():
                rows.append(Expected(one.name, "call", LATE, one.call_on, "Call again"))
            if one.alarm_at is not None:
                day = local(one.alarm_at).date()
                rows.append(Expected(one.name, "alarm", LATE, day, "Answer the alarm"))
            away = self._away(one, now)
            rows.append(
                Expected(one.name, "battery", LATER, BATTERY_BY, "Order the pump", away=away)
            )
        return rows

    def _refill_row(self, one: Course, now: datetime) -> Expected:
        by = self.refill_by(one)
        is_late = one.visit_at is not None and one.visit_at > by
        return Expected(
            name=one.name,
            kind="refill",
            bucket=bucket_of(by, now),
            day=local(by).date(),
            button=self._button(one, by, now),
            visit_on=local(one.visit_at).date() if one.visit_at else None,
            is_visit_late=is_late,
            away=self._away(one, now),
            call_on=one.call_on,
            is_in_doubt=one.alarm_at is not None,
        )

    def _button(self, one: Course, by: datetime, now: datetime) -> str:
        today = local(now).date()
        if one.visit_at is not None and local(one.visit_at).date() == today:
            return "Refill"
        if one.visit_at is not None and one.visit_at <= now:
            return "What became of it?"
        if one.call_on is not None and one.call_on <= today:
            return "Call again"
        if one.visit_at is None or one.visit_at > by:
            return "Call" if by - now <= 7 * DAY else "Book"
        return "See the visit" if one.confirmed else "Confirm"

    def _visit_row(self, one: Course, now: datetime) -> list[Expected]:
        at = one.visit_at or one.is_asked_of
        if at is None:
            return []
        day, words = local(at).date(), "What became of it?"
        if one.visit_at is not None and one.visit_at > now:
            words = "See the visit" if one.confirmed else "Confirm"
        away = self._away(one, now)
        return [Expected(one.name, "visit", bucket_of(at, now), day, words, away=away)]

    def _order_row(self, one: Course, now: datetime) -> list[Expected]:
        """A drug that is made to order, until it is here."""
        if one.strength == STRENGTH or one.order == "arrived":
            return []
        day = self.order_on(one)
        begins = datetime.combine(day, time(), tzinfo=ZONE)
        return [Expected(one.name, "order", bucket_of(begins, now), day, "Order")]

    def order_on(self, one: Course) -> date:
        """By when it is ordered; once it is, by when it is here: open days before the need."""
        needed = [local(at).date() for at in (one.visit_at, self.refill_by(one)) if at]
        there = self.days_before(min(needed), THERE_DAYS)
        return there if one.order else self.days_before(there, PHARMACY_DAYS)

    def days_before(self, day: date, count: int) -> date:
        while not self.is_open(day):
            day -= DAY
        while count:
            day -= DAY
            count -= self.is_open(day)
        return day

    def _away(self, one: Course, now: datetime) -> tuple[date, date] | None:
        return one.away if one.away and one.away[1] >= local(now).date() else None


def runs_low_at(one: Course, filled_at: datetime | None = None) -> datetime:
    """When the pump's alarm sounds, if it runs as it is set."""
    lasts = timedelta(days=(one.filled_ml - ALARM_ML) * one.strength / one.dose)
    return (filled_at or one.filled_at) + lasts


def bucket_of(at: datetime, now: datetime) -> str:
    if at <= now:
        return LATE
    days = (local(at).date() - local(now).date()).days
    return THIS_WEEK if days <= 7 else FOUR_WEEKS if days <= 28 else LATER


def local(at: datetime) -> datetime:
    return at.astimezone(ZONE)


def written(day: date) -> str:
    """4 May 2026."""
    return f"{day.day} {day:%b %Y}"


def days_left(day: date, now: datetime) -> str:
    days = (day - local(now).date()).days
    if days == 0:
        return "today"
    count = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"in {count}" if days > 0 else f"{count} late"
