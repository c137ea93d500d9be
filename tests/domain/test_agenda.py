"""What a calendar is told: the day itself, what is late or has no date today, and no name."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker.domain.agenda import Dated, Visit, lines_of, visit_line
from tracker.domain.danger import WatchKind
from tracker.domain.visit import VisitState

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def dated(danger_at, kind=WatchKind.REFILL, **facts):
    about = {"watch_id": 7, "pump_id": 3, "mrn": "00012", "moves": 2, "changed_at": NOW - DAY}
    return Dated(kind=kind, danger_at=danger_at, **about | facts)


def said(watch, now=NOW):
    return [(one.summary, one.starts) for one in lines_of(watch, LONDON, now=now)]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (WatchKind.REFILL, "Refill by - patient 00012"),
        (WatchKind.BATTERY, "Pump replacement: book by - patient 00012"),
    ],
)
def test_a_day_to_come_is_one_line_on_the_clinic_s_own_day(kind, words):
    half_past_midnight = datetime(2026, 7, 9, 23, 30, tzinfo=UTC)  # 00:30 in London's summer

    assert said(dated(half_past_midnight, kind)) == [(words, date(2026, 7, 10))]


def test_what_is_late_stays_on_its_day_and_stands_under_today():
    assert said(dated(NOW - 5 * DAY)) == [
        ("Refill by - patient 00012", date(2026, 5, 27)),
        ("LATE since 27 May 2026: refill - patient 00012", date(2026, 6, 1)),
    ]
    assert len(said(dated(NOW))) == 2, "its very instant is late already, as on the board"
    assert len(said(dated(NOW + timedelta(seconds=1)))) == 1


def test_a_date_that_can_t_be_reckoned_is_never_a_blank():
    assert said(dated(None)) == [
        ("NO DATE for refill: look at the pump - patient 00012", date(2026, 6, 1))
    ]


def test_the_line_of_today_grows_by_the_day_and_by_each_new_date():
    watch = dated(NOW - DAY)
    later = dated(NOW - DAY, moves=3, changed_at=NOW)
    numbers = [
        lines_of(one, LONDON, now=at)[1].sequence
        for one, at in ((watch, NOW), (watch, NOW + DAY), (later, NOW + DAY))
    ]

    assert numbers == sorted(set(numbers))
    assert len({one.uid for one in lines_of(watch, LONDON, now=NOW)}) == 2


def test_a_visit_that_is_cancelled_says_so():
    facts = {"pump_id": 3, "mrn": "00012", "moves": 1, "changed_at": NOW, "scheduled_at": NOW}
    lines = [visit_line(Visit(first_id=4, state=one, **facts)) for one in VisitState]

    assert [one.is_cancelled for one in lines] == [
        one is VisitState.CANCELLED for one in VisitState
    ]
    assert lines[0].uid == "visit-4"


def test_a_visit_at_home_is_the_same_line_with_other_words():
    facts = {"pump_id": 3, "mrn": "00012", "changed_at": NOW, "scheduled_at": NOW}
    state = VisitState.BOOKED
    here, home = (
        visit_line(Visit(first_id=4, state=state, moves=n, is_home=bool(n), **facts))
        for n in (0, 1)
    )

    assert home.summary == "Pump visit at home - patient 00012"
    assert (home.uid, home.sequence) == (here.uid, here.sequence + 1)
