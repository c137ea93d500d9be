"""The plan: nobody after refill-by who could be before it, no day too full, little waste.

Held against Hall's theorem for three hundred pumps; `test_every_plan` tries out all there are.
"""

import random
from datetime import timedelta
from itertools import product

import pytest

from tests.domain.plans import MONDAY, due, is_within, planned, week
from tracker.domain.planning import (
    DAY,
    Due,
    PlanDay,
    Span,
    Unsolved,
    costs_of,
)
from tracker.domain.seating import Asked, faults, make_plan
from tracker.domain.travel import minutes_left, places_taken
from tracker.solver.assigning import Assigner


def test_a_visit_leaves_two_open_days_for_a_second_try():
    assert planned([due(last=4)], week()).placed == {1: MONDAY + 2 * DAY}


def test_where_the_best_day_is_full_the_one_before_is_taken():
    plan = planned([due(1), due(2), due(3)], week(places=1))

    assert sorted(plan.placed.values()) == [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]


def test_a_full_day_is_never_filled_further_and_says_who_has_no_place():
    plan = planned([due(1, 0), due(2, 0, rank=-1)], week(places=3, taken=2))

    assert plan.placed == {2: MONDAY}  # the higher risk goes first
    assert [one.key for one in plan.unplaced] == [1]


def test_one_who_can_go_elsewhere_makes_room():
    days = week(places=1)
    plan = planned([due(1, 3), due(2, 0)], days)

    assert plan.placed == {1: MONDAY + DAY, 2: MONDAY}


def test_days_away_are_left_out_and_what_is_due_near_the_return_comes_before():
    away = (Span(MONDAY + 2 * DAY, MONDAY + 9 * DAY),)
    costs = costs_of(due(last=11, away=away), week(weeks=2))

    assert min(costs, key=lambda day: costs[day]) == MONDAY + DAY
    assert not set(costs) & {MONDAY + n * DAY for n in range(2, 10)}


def test_what_is_due_long_after_the_return_waits_for_it():
    costs = costs_of(due(last=25, away=(Span(MONDAY, MONDAY + 9 * DAY),)), week(weeks=4))

    assert min(costs, key=lambda day: costs[day]) == MONDAY + 23 * DAY


def test_home_visits_drug_and_the_best_weekday_are_minded():
    days = [PlanDay(MONDAY + n * DAY, is_for_home=n in (0, 3)) for n in range(5)]

    assert set(costs_of(due(is_home=True), days)) == {MONDAY, MONDAY + 3 * DAY}
    assert min(costs_of(due(drug_from=MONDAY + 3 * DAY), days)) == MONDAY + 3 * DAY
    assert planned([due(best_weekdays=frozenset({1}))], days).placed == {1: MONDAY + DAY}


def test_of_plans_with_the_same_waste_the_more_even_one_is_chosen():
    days = [PlanDay(MONDAY, taken=5), *week()[1:]]
    flat = {key: Asked({MONDAY: 3, MONDAY + DAY: 3}) for key in (1, 2, 3)}
    begin = dict.fromkeys(flat, MONDAY)

    assert set(Assigner().assign(flat, days, begin).values()) == {MONDAY + DAY}


class Saying(Assigner):
    """A solver that says what it is told to."""

    def __init__(self, placing):
        super().__init__()
        self.placing = placing

    def assign(self, asked, days, begin):
        return self.placing


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({1: MONDAY + 6 * DAY, 2: MONDAY}, id="a day that can't be"),
        pytest.param({1: MONDAY, 2: MONDAY}, id="a day past its places"),
        pytest.param({1: MONDAY}, id="a visit that is forgotten"),
    ],
)
def test_what_a_solver_gives_is_checked(said):
    with pytest.raises(Unsolved):
        make_plan([due(1), due(2)], week(places=1), solver=Saying(said))


def test_the_minutes_of_a_day_stay_within_its_places_just_as_its_begun_hours_do():
    for places, visits, minutes in product(range(5), range(4), range(0, 200, 10)):
        left = minutes_left(places, visits, minutes)
        assert (left >= 0) == (places_taken(visits, minutes) <= places)


def test_the_way_of_what_is_offered_counts_as_at_a_booking():
    days = week(places=3)
    home = {"is_home": True, "last": 0}
    near = [due(key, **home, way_minutes=way) for key, way in ((1, 20), (2, 40))]
    far = [due(key, **home, way_minutes=way) for key, way in ((1, 20), (2, 41))]

    assert planned(near, days).placed == {1: MONDAY, 2: MONDAY}
    plan = planned(far, days)
    assert (plan.placed, [one.key for one in plan.unplaced]) == ({1: MONDAY}, [2])
    assert plan.days[MONDAY].places_taken == 2


def a_large_one(pumps: int = 300) -> tuple[list[Due], list[PlanDay]]:
    """Twelve weeks of three hundred pumps, more of them due in the first weeks than fit."""
    chance = random.Random(7)
    days = [
        PlanDay(MONDAY + n * DAY, is_open=n % 7 < 5 and n != 30, places=5, taken=n % 3 == 0)
        for n in range(84)
    ]
    dues = [due(key, int(chance.triangular(0, 83, 10)), rank=key % 3) for key in range(pumps)]
    return dues, days


def test_of_three_hundred_pumps_as_many_are_placed_as_can_be():
    dues, days = a_large_one()

    plan = planned(dues, days)

    asked = {one.key: Asked(costs_of(one, days)) for one in dues}
    assert faults(plan, asked, days) == []
    # Hall: of those due until a day no more can be placed than there are places until then
    until = {day.on: sum(5 - one.taken for one in days if one.is_open and one.on <= day.on)
             for day in days}  # fmt: skip
    short = max(sum(one.last_on <= on for one in dues) - room for on, room in until.items())
    assert short > 0
    assert len(plan.unplaced) == short
    assert planned(dues[::-1], days) == plan  # the same question, the same answer


@pytest.mark.parametrize("clinic", range(3))
def test_a_year_of_a_hundred_pumps_with_home_visits_is_never_past_its_places(clinic):
    chance, weeks = random.Random(clinic), timedelta(weeks=12)
    due_on = {key: MONDAY + chance.randint(3, 110) * DAY for key in range(100)}
    for begin in (MONDAY + n * weeks for n in range(5)):
        days = [
            PlanDay(
                begin + n * DAY,
                is_open=n % 7 < 5 and n != 30,
                is_for_home=n % 7 in (1, 3),
                places=4,
                taken=n % 11 == 0,
                travel_minutes=30 * (n % 11 == 1),
            )
            for n in range(84)
        ]
        dues = [
            Due(
                key,
                last,
                max(begin, last - 50 * DAY),
                rank=key % 3,
                is_home=key % 10 == 0,
                way_minutes=(20, 40, 60, 90, 120)[key // 10 % 5] if key % 10 == 0 else 0,
            )
            for key, last in due_on.items()
            if last < begin + weeks
        ]

        plan = planned(dues, days)

        assert plan.unplaced == ()
        for day in days:
            assert day.on not in plan.placed.values() or is_within(day, plan.placed, dues)
        assert all(plan.placed[one.key] <= one.last_on for one in dues)
        for key, on in plan.placed.items():
            due_on[key] = on + chance.randint(84, 120) * DAY


def test_who_is_left_out_for_want_of_time_to_reckon_is_named():
    days, hurried = week(places=4)[:2], Assigner()
    hurried.seconds_left = 0
    ways = enumerate((60, 60, 90, 90))
    dues = [due(key, 1, is_home=True, way_minutes=way) for key, way in ways]

    assert make_plan(dues, days, solver=hurried).unproven == {3}
    assert planned(dues, days).unproven == frozenset()
