"""When a report is due, when the next one comes, and what it says in one sentence."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.domain.calendar import OpenDays
from tracker.domain.day_report import SHOWN, Hours, Line, Part, Report, Wish

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def hours(*closed: date, at: time = time(7, 30), weekday: int = 0) -> Hours:
    return Hours(at, weekday, OpenDays(LONDON, frozenset(range(5)), frozenset(closed)))


def on(day: date, hour: int = 7, minute: int = 30) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=LONDON)


def test_the_report_of_the_day_is_due_once_from_its_hour_on_an_open_day():
    assert not hours().day_is_due(MONDAY - DAY, now=on(MONDAY, 7, 29))
    assert hours().day_is_due(MONDAY - DAY, now=on(MONDAY))
    assert hours().day_is_due(MONDAY - 10 * DAY, now=on(MONDAY, 23))
    assert not hours().day_is_due(MONDAY, now=on(MONDAY, 23))
    assert not hours().day_is_due(MONDAY, now=on(MONDAY + 5 * DAY))  # a Saturday
    assert not hours(MONDAY).day_is_due(None, now=on(MONDAY))


def test_a_clock_that_was_ahead_costs_no_report():
    assert hours().day_is_due(MONDAY + 3 * DAY, now=on(MONDAY))
    assert hours().week_is_due(MONDAY + 30 * DAY, now=on(MONDAY))


def test_that_of_the_week_comes_once_late_rather_than_not_at_all():
    last = MONDAY - 7 * DAY
    assert hours().week_is_due(last, now=on(MONDAY))
    assert hours().week_is_due(None, now=on(MONDAY + 2 * DAY))
    assert not hours().week_is_due(MONDAY, now=on(MONDAY + DAY))
    assert hours().week_is_due(last, now=on(MONDAY + 3 * DAY))  # an outage until Thursday
    assert not hours().week_is_due(MONDAY + 3 * DAY, now=on(MONDAY + 4 * DAY))
    assert hours().week_is_due(MONDAY + 3 * DAY, now=on(MONDAY + 7 * DAY))
    assert not hours(MONDAY).week_is_due(last, now=on(MONDAY))
    assert hours(MONDAY).week_is_due(last, now=on(MONDAY + DAY))


def test_an_hour_that_the_clocks_skip_or_have_twice_is_one_report():
    at = time(1, 30)
    sundays = OpenDays(LONDON, frozenset({6}))
    spring, autumn = date(2027, 3, 28), date(2026, 10, 25)
    skips = Hours(at, 0, sundays)
    assert not skips.day_is_due(None, now=datetime(2027, 3, 28, 0, 59, tzinfo=UTC))
    assert skips.day_is_due(None, now=datetime(2027, 3, 28, 1, 30, tzinfo=UTC))
    assert skips.day_is_due(None, now=datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert not skips.day_is_due(autumn, now=datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    assert skips.today(now=datetime(2027, 3, 28, 1, 30, tzinfo=UTC)) == spring


def test_it_says_when_the_next_one_comes_past_closed_days_and_clock_changes():
    friday = MONDAY + 4 * DAY
    assert hours().next_after(Wish.DAILY, now=on(friday)) == on(friday + 3 * DAY)
    closed = hours(friday + 3 * DAY)
    assert closed.next_after(Wish.DAILY, now=on(friday)) == on(friday + 4 * DAY)
    assert hours().next_after(Wish.WEEKLY, now=on(MONDAY)) == on(MONDAY + 7 * DAY)
    assert hours().next_after(Wish.WEEKLY, now=on(MONDAY + DAY)) == on(MONDAY + 7 * DAY)
    spring = hours().next_after(Wish.DAILY, now=on(date(2027, 3, 26)))
    assert spring == datetime(2027, 3, 29, 6, 30, tzinfo=UTC)  # summer time by then


def a_report(*parts: Part, wrong: tuple[str, ...] = (), audited: bool = True) -> Report:
    at = on(MONDAY)
    seen = at if audited else None
    return Report(at, hours().days, None, seen, seen, wrong, parts)


def test_all_is_well_is_said_only_after_an_audit_that_passed_with_nothing_open():
    closed = Part("Closed days ahead", "", [Line("25 Dec 2026")], is_open=False)
    assert a_report(closed).sentence.startswith("All is well")
    assert not a_report(closed, audited=False).is_all_well
    broken = a_report(closed, wrong=("A watch is late.",))
    assert broken.sentence.startswith("The program's own audit did not pass")
    late = Part("Late", "", [Line("refill"), Line("refill")])
    assert a_report(late, closed).sentence == "Late: 2."


def test_what_is_more_than_is_shown_is_counted():
    part = Part("Late", "", [Line("one")] * (SHOWN + 3))
    assert (len(part.shown), part.more) == (SHOWN, 3)
    assert Part("Late", "").more == 0
