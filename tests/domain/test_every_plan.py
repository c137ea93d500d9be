"""Every plan of small clinics beside the one that is made: none is better."""

import random
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import product
from math import floor

import pytest

from tests.domain.plans import MONDAY, due, is_within, minutes_of, planned
from tracker.domain.planning import (
    DAY,
    Due,
    PlanDay,
    Span,
    costs_of,
)


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


def every_plan(dues: list[Due], days: list[PlanDay]) -> Iterator[dict[int, date]]:
    costs = {one.key: costs_of(one, days) for one in dues}
    for chosen in product(*((None, *costs[one.key]) for one in dues)):
        placed = {one.key: on for one, on in zip(dues, chosen, strict=True) if on}
        if all(
            day.places is None or day.on not in placed.values() or is_within(day, placed, dues)
            for day in days
        ):
            yield placed


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
