"""The plan: nobody after refill-by who could be before it, no day too full, little waste.

Held against trying out every plan there is, and against Hall's theorem for three hundred pumps.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from math import ceil, floor

import pytest

from tracker.domain.planning import (
    DAY,
    Due,
    Plan,
    PlanDay,
    Span,
    Unsolved,
    costs_of,
)
from tracker.domain.seating import Asked, faults, make_plan
from tracker.domain.travel import minutes_left, places_taken
from tracker.solver.assigning import Assigner

MONDAY = date(2027, 3, 1)


def week(*, places: int | None = None, taken: int = 0, weeks: int = 1) -> list[PlanDay]:
    """Days from a Monday on, closed at the weekend."""
    return [
        PlanDay(MONDAY + n * DAY, is_open=n % 7 < 5, places=places, taken=taken)
        for n in range(7 * weeks)
    ]


def due(key: int = 1, last: int = 4, **facts: object) -> Due:
    return Due(key, MONDAY + last * DAY, **{"earliest_on": MONDAY, **facts})  # type: ignore[arg-type]


def planned(dues: Sequence[Due], days: Sequence[PlanDay]) -> Plan:
    """The plan, also where the machine has other things to do."""
    return make_plan(dues, days, solver=Assigner(patience=60))


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


def a_small_one(seed: int) -> tuple[list[Due], list[PlanDay]]:
    """A clinic so small that every plan can be tried, with all that can stand in the way.

    In every second one nobody is far away; in the others most of those who are seen at home.
    """
    chance = random.Random(seed)
    is_far = bool(seed % 2)
    days = [
        PlanDay(
            MONDAY + n * DAY,
            is_open=chance.random() < 0.8,
            is_for_home=chance.random() < 0.7,
            places=chance.choice((None, 2, 3, 4) if is_far else (None, 1, 1, 2)),
            taken=chance.choice((0, 0, 1)),
            travel_minutes=chance.choice((0, 0, 30, 80)) if is_far else 0,
        )
        for n in range(chance.randint(2, 6))
    ]
    dues = []
    for key in range(chance.randint(1, 5)):
        away, is_home = chance.randint(0, 4), chance.random() < (0.6 if is_far else 0.2)
        dues.append(
            due(
                key,
                chance.randint(0, 6),
                rank=chance.randint(0, 2),
                is_home=is_home,
                way_minutes=chance.choice((0, 20, 40, 60, 90, 130))
                if is_far and is_home
                else 0,
                earliest_on=MONDAY + chance.randint(0, 2) * DAY,
                away=(Span(MONDAY + away * DAY, MONDAY + (away + 1) * DAY),)
                if chance.random() < 0.3
                else (),
            )
        )
    return dues, days


def a_packed_one(seed: int) -> tuple[list[Due], list[PlanDay]]:
    """Few days and many long ways, so that several must change places at once."""
    chance = random.Random(seed)
    days = [
        PlanDay(
            MONDAY + n * DAY,
            places=chance.choice((4, 5, 6)),
            travel_minutes=chance.choice((0, 30)),
        )
        for n in range(chance.choice((2, 3)))
    ]
    dues = []
    for key in range(6):
        last, way = chance.randint(0, len(days)), chance.choice((20, 30, 50, 70, 90, 100, 130))
        dues.append(due(key, last, is_home=True, way_minutes=way))
    return dues, days


def minutes_of(day: PlanDay, placed: dict[int, date], dues: list[Due]) -> tuple[int, int]:
    """The visits of a day, and the minutes on the way to them."""
    ways = [one.way_minutes for one in dues if placed.get(one.key) == day.on]
    return day.taken + len(ways), day.travel_minutes + sum(ways)


def every_plan(dues: list[Due], days: list[PlanDay]) -> Iterator[dict[int, date]]:
    costs = {one.key: costs_of(one, days) for one in dues}
    for chosen in product(*((None, *costs[one.key]) for one in dues)):
        placed = {one.key: on for one, on in zip(dues, chosen, strict=True) if on}
        if all(
            day.places is None or day.on not in placed.values() or is_within(day, placed, dues)
            for day in days
        ):
            yield placed


def is_within(day: PlanDay, placed: dict[int, date], dues: list[Due]) -> bool:
    visits, minutes = minutes_of(day, placed, dues)
    return visits + ceil(minutes / 60) <= (day.places or 0)


def worth(placed: dict[int, date], dues: list[Due], days: list[PlanDay]) -> tuple[object, ...]:
    """What makes one plan better than another: the smaller the better."""
    ordered = sorted(dues, key=lambda one: (one.rank, one.last_on, one.key))
    waste = sum(costs_of(one, days)[placed[one.key]] for one in dues if one.key in placed)
    loads = [minutes_of(day, placed, dues) for day in days]
    uneven = sum(squared(visits + Fraction(minutes, 60)) for visits, minutes in loads)
    return [one.key not in placed for one in ordered], waste, uneven


def squared(load: Fraction) -> Fraction:
    """The square; between two whole numbers as the line between theirs."""
    whole = floor(load)
    return whole**2 + (load - whole) * (2 * whole + 1)


@pytest.mark.parametrize("seed", range(80))
def test_no_other_plan_of_a_small_clinic_is_better(seed):
    dues, days = a_small_one(seed)

    found = planned(dues, days)

    every = list(every_plan(dues, days))
    assert worth(found.placed, dues, days) == min(worth(one, dues, days) for one in every)
    assert found.unproven == frozenset()
    if seed % 2 == 0:  # each takes one place: then it is the most that can be placed, too
        assert len(found.placed) == max(len(one) for one in every)


@pytest.mark.parametrize("seed", [13, 22, 36, 38, 54, 65, 70, 76, 81, 93, 119, 127, 137])
def test_who_can_only_be_placed_if_several_change_places_is_placed(seed):
    dues, days = a_packed_one(seed)

    found = planned(dues, days).placed

    best = min(worth(one, dues, days) for one in every_plan(dues, days))
    assert worth(found, dues, days) == best


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
