"""The way to a new pump: which date of surgery counts, and what it quietens."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tracker.domain.battery import estimates_told
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import START, Anchors, Booking, Hush, Level, next_move
from tracker.domain.ladders import default_ladder
from tracker.domain.replacement import PathStep, StepKind, is_soon, theatre_in_force
from tracker.domain.risk import RiskClass

DAY = timedelta(days=1)
END = datetime(2027, 6, 30, tzinfo=UTC)
BOOK_BY = END - 90 * DAY
ANCHORS = Anchors(BOOK_BY, END, END - 400 * DAY)
LADDER = default_ladder(WatchKind.BATTERY, RiskClass.CRITICAL)


def surgery(at):
    return Hush(booking=Booking(at, at + DAY))


@pytest.mark.parametrize(
    ("at", "step"),
    [
        pytest.param(END - 181 * DAY, None, id="more than half a year before: nothing"),
        pytest.param(END - 180 * DAY, 1, id="half a year before: plan"),
        pytest.param(END - 90 * DAY, 2, id="a quarter before: book"),
        pytest.param(END - 76 * DAY, 3, id="two weeks later no date is set: urgent"),
        pytest.param(END - 14 * DAY, 4, id="two weeks before the end: daily"),
        pytest.param(END, 5, id="the end itself"),
    ],
)
def test_hazard_h28_the_ladder_of_a_battery_begins_half_a_year_before_its_end(at, step):
    fired = next_move(LADDER, ANCHORS, START, now=at).fires

    assert (fired.ordinal if fired else None) == step


def test_surgery_before_the_end_of_service_quietens_even_after_the_day_to_book_by():
    theatre_at = END - 20 * DAY

    for at in (BOOK_BY + DAY, theatre_at):
        quiet = next_move(LADDER, ANCHORS, START, surgery(theatre_at), now=at)

        assert quiet.fires is None
        assert quiet.next_action_at <= theatre_at + DAY


def test_hazard_h28_surgery_that_passed_without_a_new_pump_is_asked_about_next_morning():
    theatre_at = END - 20 * DAY

    told = next_move(LADDER, ANCHORS, START, surgery(theatre_at), now=theatre_at + DAY)

    assert told.fires is not None
    assert told.fires.level is Level.URGENT  # one step higher than before it


@pytest.mark.parametrize("theatre_at", [END, END + DAY])
def test_promise_persistent_surgery_after_the_end_of_service_quietens_nothing(theatre_at):
    told = next_move(LADDER, ANCHORS, START, surgery(theatre_at), now=BOOK_BY)

    assert told.fires is not None


def test_the_newest_word_on_the_date_of_surgery_counts():
    first, moved = (PathStep(StepKind.THEATRE, END - days * DAY) for days in (60, 50))
    authorised = PathStep(StepKind.AUTHORISED)

    assert theatre_in_force([]) is None
    assert theatre_in_force([authorised]) is None
    assert theatre_in_force([first, moved, authorised]) is moved
    assert theatre_in_force([first, PathStep(StepKind.CALLED_OFF)]) is None
    assert theatre_in_force([first, PathStep(StepKind.REPLACED)]) is None
    assert theatre_in_force([first, PathStep(StepKind.CALLED_OFF), moved]) is moved


@pytest.mark.parametrize(("before", "soon"), [(0, True), (14, True), (15, False), (-1, False)])
def test_a_refill_within_two_weeks_before_surgery_is_asked_about(before, soon):
    assert is_soon(END, END - before * DAY) is soon


def test_estimates_that_draw_the_end_nearer_show_by_how_many_days():
    told = estimates_told(
        [
            (date(2026, 1, 1), Decimal("24")),
            (date(2026, 7, 1), Decimal("18")),
            (date(2026, 10, 1), Decimal("9.9")),  # a part of a month is left away
        ]
    )

    assert [one.moved_days for one in told] == [None, 0, -184]
    assert told[-1].indicator_on == date(2027, 7, 1)
