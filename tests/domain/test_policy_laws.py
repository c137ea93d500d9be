"""No ladder that is accepted ever leaves an urgent watch without its next word."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.domain.ladders import DAY, D, a_ladder, a_step
from tracker.domain.danger import WatchKind
from tracker.domain.errors import SilentPolicy
from tracker.domain.escalation import START, Anchors, Level, Target, next_move, validate
from tracker.domain.message import Channel

spans = st.integers(-40 * 24, 40 * 24).map(lambda hours: timedelta(hours=hours))
repeats = st.none() | st.integers(1, 9 * 24).map(lambda hours: timedelta(hours=hours))
dates = st.none() | spans.map(lambda span: D + span)


@st.composite
def ladders(draw):
    """One to four steps that only now and then break a rule."""
    steps = []
    at = -30 * DAY
    for ordinal in range(1, draw(st.integers(1, 4)) + 1):
        at += draw(st.integers(1, 20 * 24)) * timedelta(hours=1)
        which = draw(st.sampled_from(("at", "dry", "opened")))
        repeat = draw(repeats)
        targets = draw(st.sampled_from(((Target.OWNER,), (Target.ON_DUTY,), (Target.DEPUTY,))))
        last = (Target.LAST_RESORT,) if draw(st.booleans()) else ()
        channels = draw(st.sampled_from(((Channel.EMAIL,), (Channel.SMS,), tuple(Channel))))
        facts = {"targets": targets + last, "repeat": repeat, "channels": channels}
        level = Level.URGENT if repeat else draw(st.sampled_from(Level))
        steps.append(a_step(ordinal, **{which: at}, level=level, **facts))
    return a_ladder(*steps)


@settings(max_examples=examples(150), deadline=None)
@given(ladder=ladders(), danger=dates, dry=dates, opened=spans, late=st.integers(0, 200))
def test_promise_persistent_an_urgent_watch_always_speaks_again_within_its_repeat(
    ladder, danger, dry, opened, late
):
    try:
        validate(ladder, WatchKind.REFILL)
    except SilentPolicy:
        return
    anchors = Anchors(danger, dry, D + opened, None)
    position, now = START, D + opened + timedelta(hours=late)
    for _ in range(12):
        move = next_move(ladder, anchors, position, now=now)
        assert move.next_action_at > now
        position = move.position
        if ladder.level_at(position.cursor) is Level.URGENT:
            repeat = ladder.steps[position.cursor - 1].repeat
            assert repeat is not None
            assert move.next_action_at <= position.fired_at + repeat
            assert move.next_action_at - now <= timedelta(days=7)
        now = move.next_action_at
