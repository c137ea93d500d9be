"""What a silence and a booked visit do to the ladder: they quieten, and they always end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import examples
from tests.domain.ladders import DAY, HOUR, D, a_ladder, a_step, anchors
from tests.domain.test_escalation_laws import instants, situations
from tracker.domain.escalation import (
    LOUD,
    START,
    Booking,
    Hush,
    Level,
    Position,
    Target,
    next_move,
    resettle,
)
from tracker.domain.position import climbed_step, not_ahead, step_dues
from tracker.domain.silence import (
    CannotSilence,
    Silence,
    SilenceKind,
    longest_until,
)

ACK, SNOOZE = SilenceKind.ACKNOWLEDGEMENT, SilenceKind.SNOOZE
LADDER = a_ladder(
    a_step(1, at=-20 * DAY),
    a_step(2, at=-14 * DAY, targets=(Target.PATIENT,), template="refill_please_book"),
    a_step(3, at=-10 * DAY),
    a_step(4, at=-3 * DAY, level=Level.WARN),
    a_step(5, at=0 * DAY, repeat=8 * HOUR, template="refill_late"),
    a_step(6, at=4 * DAY, repeat=4 * HOUR, template="refill_late"),
)

BOOKING_LADDER = replace(
    LADDER, steps=tuple(replace(step, template="refill_book") for step in LADDER.steps)
)


def silent(kind=ACK, *, until, level=Level.INFO, danger=D) -> Hush:
    return Hush(silence=Silence(kind, until, level, danger))


def booked(visit_at) -> Hush:
    return Hush(booking=Booking(visit_at, visit_at + DAY))


@pytest.mark.parametrize("kind", SilenceKind)
def test_a_silence_keeps_staff_in_peace_and_still_reminds_the_patient(kind):
    hush = silent(kind, until=D - 5 * DAY)

    to_patient = next_move(LADDER, anchors(), START, hush, now=D - 14 * DAY)
    to_staff = next_move(LADDER, anchors(), to_patient.position, hush, now=D - 10 * DAY)

    assert to_patient.fires.ordinal == 2
    assert to_staff.fires is None
    assert to_staff.next_action_at == D - 5 * DAY


@pytest.mark.parametrize(
    ("hush", "at", "why"),
    [
        pytest.param(silent(until=D - 9 * DAY), D - 9 * DAY, "its time is over", id="time"),
        pytest.param(silent(until=D), D - 3 * DAY, "more urgent", id="a louder step is due"),
        pytest.param(
            silent(until=D, danger=D + DAY), D - 9 * DAY, "come nearer", id="an earlier date"
        ),
        pytest.param(
            silent(until=D + DAY, level=Level.URGENT), D, "date has come", id="the date itself"
        ),
    ],
)
def test_what_breaks_a_silence_lets_the_watch_speak_at_once(hush, at, why):
    spoke_long_ago = Position(3, 3, D - 10 * DAY)

    move = next_move(LADDER, anchors(), spoke_long_ago, hush, now=at)

    assert why in move.ends_silence
    assert move.fires is not None


def test_a_date_that_moves_by_some_hours_breaks_no_silence():
    hush = silent(until=D - 5 * DAY, danger=D + 23 * HOUR)

    move = next_move(LADDER, anchors(), Position(3, 3, D - 10 * DAY), hush, now=D - 9 * DAY)

    assert (move.fires, move.ends_silence) == (None, "")


def test_a_booked_visit_answers_what_asks_for_one_and_nothing_else():
    hush = booked(D - 2 * DAY)

    asked = next_move(LADDER, anchors(), START, hush, now=D - 14 * DAY)
    late = next_move(LADDER, anchors(), asked.position, booked(D - HOUR), now=D)

    assert (asked.fires, asked.next_action_at) == (None, D - DAY)
    assert late.fires.ordinal == 5


def test_a_visit_after_the_date_quietens_nothing():
    move = next_move(LADDER, anchors(), START, booked(D + HOUR), now=D - 14 * DAY)

    assert move.fires.ordinal == 2


def test_the_morning_after_a_visit_the_ladder_speaks_one_step_higher_and_once():
    hush = booked(D - 8 * DAY)  # nobody came; by the days left step 3 would be due

    first = next_move(LADDER, anchors(), START, hush, now=D - 7 * DAY)
    then = next_move(LADDER, anchors(), first.position, hush, now=D - 6 * DAY)

    assert first.fires.ordinal == 4
    assert then.fires is None
    assert then.next_action_at == D - 3 * DAY  # the step it spoke early comes in its time too


def test_a_step_that_the_visit_kept_from_the_patient_is_said_beside_the_staffs():
    hush = booked(D - 12 * DAY)  # step 2, the patient's, came due meanwhile

    first = next_move(BOOKING_LADDER, anchors(), START, hush, now=D - 11 * DAY)
    then = next_move(BOOKING_LADDER, anchors(), first.position, hush, now=D - 10 * DAY)

    assert (first.fires.ordinal, first.to_patient.ordinal) == (3, 2)
    assert first.skipped == (1,)
    assert then.to_patient is None


def test_a_step_of_the_patients_that_staff_would_overtake_by_hours_is_said_with_theirs():
    """Staff are told a step early; a day before its time counts as in its time."""
    close = a_ladder(
        a_step(1, at=-9 * DAY),
        a_step(2, at=-7 * DAY, targets=(Target.PATIENT,), template="refill_please_book"),
        a_step(3, at=-7 * DAY + HOUR, template="refill_book"),
        a_step(4, at=0 * DAY, repeat=8 * HOUR),
    )
    hush = booked(D - 9 * DAY + HOUR)

    move = next_move(close, anchors(), START, hush, now=D - 8 * DAY + 2 * HOUR)

    assert (move.fires.ordinal, move.to_patient.ordinal) == (3, 2)


def test_a_patient_who_was_told_before_the_visit_is_not_told_again_after_it():
    told = Position(2, 1, D - 14 * DAY)
    hush = booked(D - 12 * DAY)

    move = next_move(LADDER, anchors(), told, hush, now=D - 11 * DAY)

    assert move.fires.ordinal == 3
    assert move.to_patient is None


def test_an_outage_alone_is_caught_up_with_by_staff():
    move = next_move(LADDER, anchors(), START, LOUD, now=D - 10 * DAY)

    assert (move.fires.ordinal, move.to_patient) == (3, None)


def test_after_an_outage_over_the_morning_after_it_still_speaks():
    move = next_move(LADDER, anchors(), START, booked(D - 8 * DAY), now=D + 5 * DAY)

    assert move.fires.ordinal == 6


def test_an_acknowledgement_lasts_half_of_the_days_left_and_a_snooze_a_quarter():
    now = D - 12 * DAY

    assert longest_until(ACK, level=Level.WARN, danger_at=D, now=now) == now + 6 * DAY
    assert longest_until(SNOOZE, level=Level.WARN, danger_at=D, now=now) == now + 3 * DAY


@pytest.mark.parametrize(
    ("kind", "level", "danger_at"),
    [
        pytest.param(SNOOZE, Level.URGENT, D + 9 * DAY, id="an urgent watch is not snoozed"),
        pytest.param(ACK, Level.INFO, D, id="not on the date"),
        pytest.param(ACK, Level.INFO, D - DAY, id="not past the date"),
        pytest.param(SNOOZE, Level.INFO, D - DAY, id="nor snoozed past it"),
        pytest.param(ACK, Level.INFO, D + 20 * timedelta(minutes=1), id="too little is left"),
    ],
)
def test_neither_is_offered_where_it_would_hide_the_danger(kind, level, danger_at):
    with pytest.raises(CannotSilence):
        longest_until(kind, level=level, danger_at=danger_at, now=D)


hushes = st.builds(
    Hush,
    st.none()
    | st.builds(
        Silence,
        st.sampled_from(SilenceKind),
        instants,
        st.sampled_from(Level),
        st.none() | instants,
    ),
    st.none()
    | instants.map(lambda at: Booking(at, at + DAY))
    | instants.map(lambda at: Booking(at, None)),  # confirmed
)


@settings(max_examples=examples(400), deadline=None)
@given(situations(), hushes)
def test_promise_persistent_whatever_quietens_ends_and_its_end_is_due(situation, hush):
    ladder, dates, position, now = situation

    move = next_move(ladder, dates, position, hush, now=now)

    assert move.next_action_at > now
    if hush.silence and not move.ends_silence:
        assert move.next_action_at <= hush.silence.until
    reopens_at = hush.booking and hush.booking.reopens_at
    if reopens_at and reopens_at > now and _quietens(hush, ladder, dates):
        assert move.next_action_at <= reopens_at


@settings(max_examples=examples(400), deadline=None)
@given(situations(), hushes)
def test_promise_persistent_a_hush_hides_no_louder_step(situation, hush):
    """Without the visit, a step louder than what was silenced fires whatever is in force."""
    ladder, dates, position, now = situation
    hush = replace(hush, booking=None)

    loud = next_move(ladder, dates, position, LOUD, now=now)
    move = next_move(ladder, dates, position, hush, now=now)

    order = list(Level)
    if (
        loud.fires
        and hush.silence
        and order.index(loud.fires.level) > order.index(hush.silence.level)
    ):
        assert move.fires is not None


@settings(max_examples=examples(300), deadline=None)
@given(situations(), hushes)
def test_settling_fires_nothing_and_leaves_to_the_next_tick_what_is_due(situation, hush):
    ladder, dates, position, now = situation

    settled = resettle(ladder, dates, position, hush, now=now)
    move = next_move(ladder, dates, position, hush, now=now)

    is_due = move.fires is not None or bool(move.ends_silence)
    assert (settled.next_action_at <= now) == is_due
    assert settled.position.round == position.round


@settings(max_examples=examples(400), deadline=None)
@given(situations(), instants)
def test_promise_persistent_a_confirmation_mutes_reminders_and_nothing_else(situation, at):
    """What a confirmed visit does not answer comes when it would have come, for good."""
    ladder, dates, position, now = situation
    confirmed = Hush(booking=Booking(at, None))

    loud = next_move(ladder, dates, position, LOUD, now=now)
    move = next_move(ladder, dates, position, confirmed, now=now)

    if loud.fires and not loud.fires.asks_to_book:
        assert move.fires == loud.fires
    if move.fires and _quietens(confirmed, ladder, dates):
        assert not move.fires.asks_to_book
    assert move.next_action_at > now


@settings(max_examples=examples(400), deadline=None)
@given(situations(), instants)
def test_promise_persistent_a_visit_called_off_is_as_if_it_had_never_been_but_is_told(
    situation, at
):
    """Nothing is quieter than without it, and it makes a watch speak once at the most."""
    ladder, dates, position, now = situation
    called_off = Hush(called_off_at=min(at, now))

    loud = next_move(ladder, dates, position, LOUD, now=now)
    move = next_move(ladder, dates, position, called_off, now=now)
    again = next_move(ladder, dates, move.position, called_off, now=now)

    if loud.fires:
        assert move.fires == loud.fires
    elif move.fires:
        assert move.fires.asks_to_book
    assert again.fires is None


ended_visits = instants.map(lambda at: Hush(booking=Booking(at - DAY, at))) | instants.map(
    lambda at: Hush(called_off_at=at)
)


@settings(max_examples=examples(600), deadline=None)
@given(situations(), ended_visits)
def test_law_a_visit_that_came_to_nothing_swallows_no_newest_step_of_the_patient(
    situation, hush
):
    """Of the patient's steps that the watch has passed by speaking, the newest is said."""
    ladder, dates, position, now = situation
    dues, position = step_dues(ladder, dates), not_ahead(position, now=now)
    before = climbed_step(dues, position)
    ended_at = hush.called_off_at or (hush.booking and hush.booking.reopens_at)
    has_spoken = position.fired_at is not None and position.fired_at >= ended_at
    is_over = ended_at <= now and not has_spoken
    if hush.booking and not _quietens(hush, ladder, dates):
        is_over = False

    move = next_move(ladder, dates, position, hush, now=now)
    after = climbed_step(dues, move.position)

    passed = [
        step
        for step, due in zip(ladder.steps, dues, strict=True)
        if step.is_outside and due is not None and before < step.ordinal <= after
    ]
    assert move.to_patient is None or move.to_patient == passed[-1]
    if is_over and move.fires and passed:
        assert passed[-1] in (move.fires, move.to_patient)
    assert move.to_patient is None or move.to_patient.ordinal not in move.skipped


def test_a_visit_called_off_repeats_the_step_of_the_day_once():
    told = Position(3, 3, D - 10 * DAY)
    hush = Hush(called_off_at=D - 8 * DAY)

    again = next_move(BOOKING_LADDER, anchors(), told, hush, now=D - 8 * DAY)
    then = next_move(BOOKING_LADDER, anchors(), again.position, hush, now=D - 7 * DAY)

    assert again.fires.ordinal == 3
    assert then.fires is None


def test_a_visit_before_the_first_step_that_asks_for_one_reopens_nothing():
    visit_at = D - 30 * DAY

    move = next_move(LADDER, anchors(), START, booked(visit_at), now=visit_at + DAY)

    assert move.fires is None


def _quietens(hush, ladder, dates) -> bool:
    """A visit by the date, after the first step that asks for it; or a confirmed one.

    Surgery may come after the day by which it was to be dated, and before the battery's end.
    """
    visit, dues = hush.booking, step_dues(ladder, dates)
    is_late = dates.danger_at is not None and visit.visit_at > dates.danger_at
    if ladder.is_for_surgery:
        is_late = dates.dry_at is not None and visit.visit_at >= dates.dry_at
    asks = [
        due for step, due in zip(ladder.steps, dues, strict=True) if due and step.asks_to_book
    ]
    return not is_late and (
        visit.reopens_at is None
        or min(asks, default=visit.reopens_at + DAY) <= visit.reopens_at
    )
