"""A patient who is away over refill-by: until when they can come, and who is told early."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from tests.domain.ladders import DAY, HOUR, D, anchors
from tracker.domain.calendar import OpenDays
from tracker.domain.danger import WatchKind
from tracker.domain.escalation import START, Position, default_ladder, next_move
from tracker.domain.hush import LOUD, Booking, Hush
from tracker.domain.leaving import leaving
from tracker.domain.planning import Span
from tracker.domain.risk import RiskClass

OPEN = OpenDays(ZoneInfo("Europe/London"), frozenset(range(5)))
BY = date(2026, 6, 15)  # a Monday
LADDER = default_ladder(WatchKind.REFILL, RiskClass.CRITICAL)
STAFF_21, STAFF_14, STAFF_7, STAFF_3, STAFF_1 = 2, 4, 6, 7, 9


def june(first, last):
    return Span(date(2026, 6, first), date(2026, 6, last))


@pytest.mark.parametrize(
    ("away", "last"),
    [
        ([], None),
        ([june(16, 30)], None),  # they leave the day after
        ([june(15, 30)], 12),  # from refill-by on: the Friday before
        ([june(10, 20)], 9),
        ([june(4, 8)], 3),  # back a week before: a delayed journey is too late
        ([june(3, 7)], None),
        ([june(10, 20), june(2, 5)], 1),  # home for four days between
        ([june(8, 20)], 5),  # leaves on a Monday
    ],
)
def test_the_last_day_is_an_open_one_before_the_absence_over_refill_by(away, last):
    found = leaving(BY, away, OPEN)

    assert (found and found.last_on.day) == last


def lived(*, leaves, known, until=0, hush=LOUD):
    """How many days before D which step is said."""
    at = replace(anchors(), leaves_at=D - leaves * DAY, leaving_known_at=D - known * DAY)
    now, position, said = D - known * DAY, START, []
    while now < D - until * DAY:
        move = next_move(LADDER, at, position, hush, now=now)
        position = move.position
        both = [one for one in (move.fires, move.to_patient) if one]
        said += [((D - now) / DAY, one.ordinal) for one in both]
        assert now < move.next_action_at
        now = move.next_action_at  # each tick that finds something due
    return said


def outside(said):
    return [(days, one) for days, one in said if LADDER.steps[one - 1].is_outside]


def test_staff_are_told_before_a_patient_leaves_and_again_in_its_own_time():
    said = lived(leaves=10, known=40)

    hour = HOUR / DAY
    early = [(31 - hour, STAFF_21), (24 - hour, STAFF_14), (17 - hour, STAFF_7)]
    early += [(13, STAFF_3), (11 - hour, STAFF_1)]
    assert [one for one in said if one in early] == early
    assert [one for one in said if one not in early] == lived(leaves=0, known=40)


@pytest.mark.parametrize(
    ("leaves", "known"),
    # of the last the day on which staff are told early is the patient's own
    [(10, 40), (14, 15), (3, 20), (30, 29), (7, 8), (21, 40), (7 + HOUR / DAY, 40)],
)
def test_promise_exactly_enough_a_patient_who_leaves_hears_of_each_step_once(leaves, known):
    said = outside(lived(leaves=leaves, known=known))

    assert said == outside(lived(leaves=0, known=known))


def test_an_absence_that_is_written_down_late_is_told_at_once():
    assert lived(leaves=28, known=29)[0] == (29, STAFF_3)  # two days are left
    assert lived(leaves=30, known=29)[0] == (29, STAFF_1)  # gone already


def test_a_visit_that_is_booked_answers_it():
    hush = Hush(booking=Booking(D - 12 * DAY, D - 11 * DAY))

    assert lived(leaves=10, known=40, until=12, hush=hush) == []


def test_it_is_told_though_the_watch_has_spoken_an_hour_before():
    now = D - 20 * DAY
    known = {"leaves_at": now + 6 * HOUR, "leaving_known_at": now}
    spoke = Position(STAFF_21, 2, now - HOUR)

    move = next_move(LADDER, replace(anchors(), **known), spoke, now=now)

    assert (move.fires.ordinal, move.position.round) == (STAFF_1, 3)
