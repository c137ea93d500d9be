"""What a watch does next: one step after another, one step after an outage, never silence."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.domain.ladders import DAY, FILLED, HOUR, D, E, a_ladder, a_step, anchors, climb
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import (
    LOOK_AGAIN,
    LOOK_AGAIN_NAME,
    START,
    Level,
    Position,
    Target,
    default_ladder,
    next_move,
    resettle,
)
from tracker.domain.risk import RiskClass

SIMPLE = a_ladder(
    a_step(1, at=-21 * DAY),
    a_step(2, at=-7 * DAY),
    a_step(3, at=0 * DAY, repeat=8 * HOUR),
    a_step(4, at=2 * DAY, dry=-5 * DAY, repeat=DAY),
    a_step(5, dry=0 * DAY, repeat=4 * HOUR),
)


def fired(move):
    return None if move.fires is None else move.fires.ordinal


def test_nothing_fires_before_the_first_step_and_its_time_is_named():
    move = next_move(SIMPLE, anchors(), START, now=D - 22 * DAY)

    assert (fired(move), move.skipped, move.position) == (None, (), START)
    assert (move.next_action_at, move.next_action) == (D - 21 * DAY, "step 1")


def test_a_step_fires_at_its_very_instant_and_not_a_second_before():
    at = D - 21 * DAY

    assert fired(next_move(SIMPLE, anchors(), START, now=at - timedelta(seconds=1))) is None
    assert fired(next_move(SIMPLE, anchors(), START, now=at)) == 1


def test_a_step_fires_once():
    at = D - 21 * DAY
    first = next_move(SIMPLE, anchors(), START, now=at)

    again = next_move(SIMPLE, anchors(), first.position, now=at)
    later = next_move(SIMPLE, anchors(), first.position, now=at + 3 * DAY)

    assert first.position == Position(1, 1, at)
    assert (fired(again), fired(later)) == (None, None)
    assert later.next_action_at == D - 7 * DAY


@pytest.mark.parametrize("away", [timedelta(hours=1), 40 * DAY, 400 * DAY])
def test_promise_persistent_an_outage_of_any_length_ends_in_one_message(away):
    now = D + away

    move = next_move(SIMPLE, anchors(), START, now=now)
    again = next_move(SIMPLE, anchors(), move.position, now=now)

    assert move.position.round == 1
    assert fired(again) is None
    assert set(move.skipped) == set(range(1, fired(move)))


def test_what_an_outage_jumped_over_is_named():
    move = next_move(SIMPLE, anchors(), Position(1, 1, D - 21 * DAY), now=D + HOUR)

    assert (fired(move), move.skipped) == (3, (2,))


def test_an_urgent_step_repeats_until_something_changes():
    moves, position = climb(
        SIMPLE, anchors(), position=START, start=D, end=D + DAY, every=timedelta(minutes=10)
    )

    assert [move.position.fired_at for move in moves] == [D + n * 8 * HOUR for n in range(4)]
    assert position.round == 4


def test_a_step_runs_at_the_earlier_of_its_two_anchors():
    dry = D + 6 * DAY  # five days before it is D + 1, before D + 2

    moves, _ = climb(
        SIMPLE, anchors(dry=dry), position=START, start=D, end=D + 2 * DAY, every=HOUR
    )

    assert [fired(move) for move in moves if fired(move) == 4][:1] == [4]
    assert next(m for m in moves if fired(m) == 4).position.fired_at == D + DAY


def test_a_pump_that_may_be_dry_before_refill_by_goes_to_the_top_at_once():
    dry = D - DAY

    move = next_move(SIMPLE, anchors(dry=dry), START, now=dry)
    later = next_move(SIMPLE, anchors(dry=dry), move.position, now=D + HOUR)

    assert fired(move) == 5
    assert fired(later) == 5  # and the quieter steps, due by now, do not take its place


def test_a_date_moved_earlier_finds_the_right_step_by_comparison():
    stands = Position(1, 1, D - 21 * DAY)

    move = next_move(SIMPLE, anchors(danger=D - 19 * DAY), stands, now=D - 20 * DAY)

    assert fired(move) == 2


def test_a_date_moved_later_falls_back_in_silence_and_later_steps_come_anew():
    stands = Position(3, 5, D)
    moved = anchors(danger=D + 30 * DAY, dry=D + 50 * DAY)

    move = next_move(SIMPLE, moved, stands, now=D + HOUR)
    moves, _ = climb(
        SIMPLE,
        moved,
        position=move.position,
        start=D + HOUR,
        end=D + 30 * DAY,
        every=timedelta(minutes=30),
    )

    assert (fired(move), move.position) == (None, Position(0, 5, D))
    assert [(fired(m), m.position.round) for m in moves] == [(1, 6), (2, 7), (3, 8)]


def test_a_date_moved_by_some_hours_tells_nobody_twice():
    stands = Position(2, 2, D - 7 * DAY)
    moved = anchors(danger=D + 23 * HOUR)

    moves, _ = climb(SIMPLE, moved, position=stands, start=D - 7 * DAY, end=D - DAY, every=HOUR)

    assert moves == []


def test_a_step_that_came_due_under_new_dates_while_nobody_looked_is_not_lost():
    stands = Position(3, 9, D)
    moved = anchors(danger=D + 22 * DAY)  # falls back before step 1, which is due a day later

    move = next_move(SIMPLE, moved, stands, now=D + 3 * DAY)

    assert (fired(move), move.position.round) == (1, 10)


def test_a_clock_put_back_for_an_hour_repeats_nothing():
    stands = Position(2, 2, D - 7 * DAY)

    back = next_move(SIMPLE, anchors(), stands, now=D - 7 * DAY - HOUR)
    again = next_move(SIMPLE, anchors(), back.position, now=D - 7 * DAY)

    assert (fired(back), fired(again)) == (None, None)
    assert again.position.cursor == 2


def test_a_clock_that_was_far_ahead_does_not_silence_an_urgent_watch():
    stands = Position(3, 1, D + 300 * DAY)  # spoken in a future that was none

    moves, _ = climb(
        SIMPLE, anchors(), position=stands, start=D, end=D + DAY, every=timedelta(minutes=10)
    )

    assert [move.position.fired_at for move in moves] == [D + n * 8 * HOUR for n in (1, 2, 3)]


@pytest.mark.parametrize("far", [2 * DAY, 500 * DAY])
def test_a_watch_without_a_date_is_looked_at_again(far):
    nowhere = anchors(danger=None, dry=None)
    now = D + far

    move = next_move(SIMPLE, nowhere, START, now=now)

    assert (fired(move), move.next_action_at) == (None, now + LOOK_AGAIN)


def test_a_watch_that_loses_its_date_keeps_its_count_and_speaks_anew_when_it_returns():
    stands = Position(3, 4, D)

    lost = next_move(SIMPLE, anchors(danger=None, dry=None), stands, now=D + HOUR)
    found = next_move(SIMPLE, anchors(), lost.position, now=D + 2 * HOUR)

    assert (lost.position.cursor, fired(lost)) == (0, None)
    assert (fired(found), found.position.round) == (3, 5)


def test_without_an_empty_date_the_dated_steps_go_on():
    move = next_move(SIMPLE, anchors(dry=None), START, now=D + 30 * DAY)

    assert (fired(move), move.next_action_at) == (4, D + 31 * DAY)


def test_a_short_fill_starts_seven_days_before():
    short = anchors(filled=D - 20 * DAY, opened=D - 20 * DAY)

    first = next_move(SIMPLE, short, START, now=D - 20 * DAY)
    second = next_move(SIMPLE, short, START, now=D - 7 * DAY)

    assert (fired(first), first.next_action_at) == (None, D - 7 * DAY)
    assert (fired(second), second.skipped) == (2, ())


def test_a_fill_of_thirty_days_is_not_short():
    move = next_move(SIMPLE, anchors(filled=D - 30 * DAY), START, now=D - 21 * DAY)

    assert fired(move) == 1


def test_a_very_short_fill_says_nothing_before_it_began():
    very_short = anchors(filled=D - 5 * DAY, opened=D - 5 * DAY)

    move = next_move(SIMPLE, very_short, START, now=D - 5 * DAY)

    assert (fired(move), move.next_action_at) == (None, D)


def test_a_fill_that_is_late_from_its_first_hour_is_not_passed_over():
    low_at_once = anchors(danger=FILLED - DAY, filled=FILLED, dry=FILLED + 3 * DAY)

    move = next_move(SIMPLE, low_at_once, START, now=FILLED)

    assert move.fires.level is Level.URGENT


def test_the_steps_of_a_watch_without_a_date_count_from_its_opening():
    ladder = default_ladder(WatchKind.NO_DATA, RiskClass.CRITICAL)
    opened = D
    lost = anchors(danger=None, dry=None, opened=opened, filled=None)

    moves, _ = climb(
        ladder, lost, position=START, start=opened, end=opened + 3 * DAY, every=HOUR
    )

    assert [fired(move) for move in moves] == [1, 2, 3, 3]
    assert Target.LAST_RESORT in moves[-1].fires.targets


def test_a_ladder_with_nothing_left_to_say_is_looked_at_after_a_week():
    quiet = a_ladder(a_step(1, opened=0 * DAY))
    stands = Position(1, 1, FILLED)

    move = next_move(quiet, anchors(), stands, now=D)

    assert (fired(move), move.next_action_at) == (None, D + LOOK_AGAIN)


def test_after_a_record_nothing_fires_and_the_next_action_is_known():
    now = D - 30 * DAY
    for at, position, when, name in (
        (anchors(), START, D - 21 * DAY, "step 1"),
        (anchors(danger=now - DAY), START, now, "step 3"),
        (anchors(danger=None, dry=None), START, now + LOOK_AGAIN, LOOK_AGAIN_NAME),
    ):
        settled = resettle(SIMPLE, at, position, now=now)
        assert (settled.next_action_at, settled.next_action) == (when, name)


def test_after_a_record_the_level_falls_with_the_position():
    moved = anchors(danger=D + 30 * DAY, dry=D + 50 * DAY)

    settled = resettle(SIMPLE, moved, Position(3, 5, D), now=D + HOUR)

    assert (settled.position, settled.level) == (Position(0, 5, D), Level.INFO)
    assert (settled.next_action_at, settled.next_action) == (D + 9 * DAY, "step 1")


def test_after_a_record_what_is_already_due_is_next_at_once_by_its_name():
    settled = resettle(SIMPLE, anchors(), START, now=D + HOUR)

    assert (settled.next_action_at, settled.next_action) == (D + HOUR, "step 3")
    assert settled.position == START


def test_after_a_record_a_repeat_that_is_due_is_next_at_once():
    settled = resettle(SIMPLE, anchors(), Position(3, 1, D), now=D + 9 * HOUR)

    assert (settled.next_action_at, settled.level) == (D + 9 * HOUR, Level.URGENT)


def test_a_whole_cycle_of_a_baclofen_pump_that_nobody_fills():
    ladder = default_ladder(WatchKind.REFILL, RiskClass.CRITICAL)

    moves, _ = climb(
        ladder,
        anchors(),
        position=START,
        start=FILLED,
        end=E + DAY,
        every=timedelta(minutes=30),
    )

    steps = [fired(move) for move in moves]
    assert sorted(set(steps)) == list(range(1, 14))
    assert steps == sorted(steps)
    assert all(move.skipped == () for move in moves)
    assert all(a.position.fired_at < b.position.fired_at for a, b in pairwise(moves))
