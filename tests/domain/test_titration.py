"""Doses over time: every change with its percent, and nothing that only goes on."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from tracker.domain.doses import DrugDose
from tracker.domain.titration import Given, changes

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def given(day: int, where: str = "A", **mcg: int | Fraction) -> Given:
    doses = tuple(DrugDose(name, name, Fraction(amount)) for name, amount in mcg.items())
    return Given(START + timedelta(days=day), where, doses)


def told(*rows: Given) -> list[tuple[str, str, Fraction, Fraction | None]]:
    return [(one.where, one.drug, one.mcg_per_day, one.percent) for one in changes(rows)]


def test_each_change_is_told_with_its_percent_and_to_the_microgram():
    assert told(given(0, baclofen=400), given(30, baclofen=400), given(60, baclofen=433)) == [
        ("A", "baclofen", 400, None),
        ("A", "baclofen", 433, Fraction(33, 4)),
    ]


def test_rows_that_arrive_late_are_put_in_their_order():
    assert [one[2] for one in told(given(60, baclofen=300), given(0, baclofen=400))] == [
        400,
        300,
    ]


def test_a_drug_that_is_left_out_is_told_with_nothing_given():
    rows = told(given(0, baclofen=400, morphine=100), given(30, baclofen=400))

    assert rows[-1] == ("A", "morphine", 0, Fraction(-100))


def test_two_pumps_are_not_held_against_each_other():
    rows = told(given(0, baclofen=400), given(1, "B", morphine=100), given(2, baclofen=400))

    assert rows == [("A", "baclofen", 400, None), ("B", "morphine", 100, None)]
