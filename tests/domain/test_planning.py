"""The plan: nobody after refill-by who could be before it, no day too full, little waste.

Held against trying out every plan there is, and against Hall's theorem for three hundred pumps.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

import pytest

from tracker.domain.planning import (
    DAY,
    Due,
    Plan,
    PlanDay,
    Span,
    Unsolved,
    costs_of,
    faults,
    make_plan,
)
from tracker.solver.assigning import assign

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
    return make_plan(dues, days, solve=assign)


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
    flat = {key: {MONDAY: 3, MONDAY + DAY: 3} for key in (1, 2, 3)}

    assert set(assign(flat, days).values()) == {MONDAY + DAY}


def test_what_a_solver_gives_is_checked():
    with pytest.raises(Unsolved):
        make_plan([due()], week(), solve=lambda costs, days: {1: MONDAY + 6 * DAY})
    with pytest.raises(Unsolved):
        make_plan([due()], week(), solve=lambda costs, days: {})


def a_small_one(seed: int) -> tuple[list[Due], list[PlanDay]]:
    """A clinic so small that every plan can be tried, with all that can stand in the way."""
    chance = random.Random(seed)
    days = [
        PlanDay(
            MONDAY + n * DAY,
            is_open=chance.random() < 0.8,
            is_for_home=chance.random() < 0.7,
            places=chance.choice((None, 1, 1, 2)),
            taken=chance.choice((0, 0, 1)),
        )
        for n in range(chance.randint(2, 6))
    ]
    dues = []
    for key in range(chance.randint(1, 5)):
        away = chance.randint(0, 4)
        dues.append(
            due(
                key,
                chance.randint(0, 6),
                rank=chance.randint(0, 2),
                is_home=chance.random() < 0.2,
                earliest_on=MONDAY + chance.randint(0, 2) * DAY,
                away=(Span(MONDAY + away * DAY, MONDAY + (away + 1) * DAY),)
                if chance.random() < 0.3
                else (),
            )
        )
    return dues, days


def every_plan(dues: list[Due], days: list[PlanDay]) -> Iterator[dict[int, date]]:
    costs = {one.key: costs_of(one, days) for one in dues}
    for chosen in product(*((None, *costs[one.key]) for one in dues)):
        placed = {one.key: on for one, on in zip(dues, chosen, strict=True) if on}
        load = Counter(placed.values())
        if all(load[day.on] <= day.room(99) for day in days):
            yield placed


def worth(placed: dict[int, date], dues: list[Due], days: list[PlanDay]) -> tuple[object, ...]:
    """What makes one plan better than another: the smaller the better."""
    ordered = sorted(dues, key=lambda one: (one.rank, one.last_on, one.key))
    waste = sum(costs_of(one, days)[placed[one.key]] for one in dues if one.key in placed)
    load = Counter(placed.values())
    uneven = sum((day.taken + load[day.on]) ** 2 for day in days)
    return -len(placed), [one.key not in placed for one in ordered], waste, uneven


@pytest.mark.parametrize("seed", range(60))
def test_no_other_plan_of_a_small_clinic_is_better(seed):
    dues, days = a_small_one(seed)

    found = planned(dues, days).placed

    best = min(worth(one, dues, days) for one in every_plan(dues, days))
    assert worth(found, dues, days) == best


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

    assert faults(plan, {one.key: costs_of(one, days) for one in dues}, days) == []
    # Hall: of those due until a day no more can be placed than there are places until then
    until = {day.on: sum(one.room(300) for one in days if one.is_open and one.on <= day.on)
             for day in days}  # fmt: skip
    short = max(sum(one.last_on <= on for one in dues) - room for on, room in until.items())
    assert short > 0
    assert len(plan.unplaced) == short
    assert planned(dues[::-1], days) == plan  # the same question, the same answer
