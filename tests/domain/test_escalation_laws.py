"""Laws of the ladder that hold for any policy, any dates, any past."""

from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.domain.ladders import DAY, HOUR, D, a_ladder, a_step, climb
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import (
    START,
    Anchors,
    Level,
    Position,
    default_ladder,
    next_move,
    resettle,
)
from tracker.domain.risk import RiskClass

hours = st.integers(-40 * 24, 40 * 24).map(lambda n: n * HOUR)
instants = hours.map(lambda offset: D + offset)
dates = st.builds(
    Anchors, st.none() | instants, st.none() | instants, instants, st.none() | instants
)
default_ladders = st.builds(
    default_ladder, st.sampled_from(WatchKind), st.sampled_from(RiskClass)
)


@st.composite
def any_ladders(draw):
    """Ladders in any order of instants, also such as no clinic may keep."""
    steps = []
    for ordinal in range(1, draw(st.integers(1, 7)) + 1):
        danger, dry, opened = (draw(st.none() | hours) for _ in range(3))
        if danger is dry is opened is None:
            danger = 0 * HOUR
        repeat = draw(st.none() | st.integers(1, 100).map(lambda n: n * HOUR))
        steps.append(a_step(ordinal, at=danger, dry=dry, opened=opened, repeat=repeat))
    return a_ladder(*steps)


ladders = default_ladders | any_ladders()


@st.composite
def positions(draw, size):
    cursor = draw(st.integers(0, size))
    if not cursor:
        return draw(st.sampled_from([START, Position(0, 3, D)]))
    return Position(cursor, draw(st.integers(1, 50)), draw(instants))


@st.composite
def situations(draw):
    ladder = draw(ladders)
    # a position may come from a longer ladder: the pump has changed its class since
    return ladder, draw(dates), draw(positions(len(ladder.steps) + 2)), draw(instants)


@settings(max_examples=examples(120), deadline=None)
@given(situations())
def test_law_the_next_action_always_lies_ahead(situation):
    ladder, at, position, now = situation

    assert next_move(ladder, at, position, now=now).next_action_at > now


@settings(max_examples=examples(120), deadline=None)
@given(situations())
def test_law_nothing_fires_twice_at_one_instant(situation):
    ladder, at, position, now = situation

    move = next_move(ladder, at, position, now=now)

    assert next_move(ladder, at, move.position, now=now).fires is None


@settings(max_examples=examples(120), deadline=None)
@given(situations())
def test_law_a_round_counts_each_firing_and_is_never_used_twice(situation):
    ladder, at, position, now = situation

    move = next_move(ladder, at, position, now=now)

    assert move.position.round == position.round + (move.fires is not None)


@settings(max_examples=examples(120), deadline=None)
@given(situations())
def test_law_nothing_fires_before_the_next_action_that_was_named(situation):
    ladder, at, position, now = situation
    move = next_move(ladder, at, position, now=now)

    before = move.next_action_at - timedelta(seconds=1)
    if before >= now:
        assert next_move(ladder, at, move.position, now=before).fires is None


@settings(max_examples=examples(120), deadline=None)
@given(situations())
def test_law_what_is_named_next_is_what_then_fires(situation):
    ladder, at, position, now = situation
    move = next_move(ladder, at, position, now=now)

    then = next_move(ladder, at, move.position, now=move.next_action_at)

    assert (then.fires.name if then.fires else "look at it again") == move.next_action


@settings(max_examples=examples(120), deadline=None)
@given(situations())
def test_law_settling_after_a_record_changes_nothing_that_a_tick_would_do(situation):
    ladder, at, position, now = situation
    assume(position.fired_at is None or position.fired_at <= now)

    settled = resettle(ladder, at, position, now=now)
    after = next_move(ladder, at, settled.position, now=now)
    without = next_move(ladder, at, position, now=now)

    assert after.fires == without.fires
    assert after.position == without.position
    assert (settled.next_action_at <= now) == (without.fires is not None)


@settings(max_examples=examples(40), deadline=None)
@given(ladders, dates, st.integers(0, 20), st.integers(1, 60))
def test_law_ticking_all_along_and_one_tick_after_an_outage_end_on_the_same_step(
    ladder, at, days_before, days_away
):
    start = D - days_before * DAY
    end = start + days_away * DAY
    first = next_move(ladder, at, START, now=start).position

    _, all_along = climb(ladder, at, position=first, start=start, end=end, every=HOUR)
    moves, once = climb(ladder, at, position=first, start=end, end=end, every=HOUR)

    assert once.cursor == all_along.cursor
    assert len(moves) <= 1


@settings(max_examples=examples(25), deadline=None)
@given(default_ladders, dates, st.integers(1, 30))
def test_law_promise_persistent_once_urgent_never_silent_longer_than_the_repeat(
    ladder, at, days
):
    step = timedelta(minutes=60)
    position, now, last = START, D, None
    while now <= D + days * DAY:
        move = next_move(ladder, at, position, now=now)
        position = move.position
        if move.fires is not None:
            last = now
        level = ladder.level_at(position.cursor)
        if level is Level.URGENT:
            repeat = ladder.steps[position.cursor - 1].repeat
            assert last is not None
            assert now - last < repeat + step
        now += step


@settings(max_examples=examples(40), deadline=None)
@given(dates, dates, st.integers(1, 30), st.sampled_from(RiskClass))
def test_law_whatever_dates_move_the_ladder_never_falls_silent_once_late(
    before, after, days, risk
):
    ladder = default_ladder(WatchKind.REFILL, risk)
    position = next_move(ladder, before, START, now=D).position
    now = D + days * DAY

    move = next_move(ladder, after, position, now=now)

    if after.danger_at is not None and after.danger_at <= now:
        assert ladder.level_at(move.position.cursor) is Level.URGENT
        assert move.next_action_at <= now + DAY
