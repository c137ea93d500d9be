"""How many messages share a claim, and which."""

from datetime import timedelta

import pytest

from tracker.domain.batch import BLINK, MOST, Due, first_of, next_size

MS = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("count", "took", "size"),
    [
        (1, 0 * MS, MOST),
        (1, BLINK / MOST, MOST),
        (1, BLINK / 2, 2),
        (8, 8 * 20 * MS, 2),
        (4, 4 * BLINK, 1),
        (1, 60_000 * MS, 1),
    ],
)
def test_as_many_are_claimed_as_are_handed_over_in_a_blink(count, took, size):
    assert next_size(count, took) == size


def test_patients_share_a_batch_each_once_and_staff_have_their_own():
    waiting = [
        *(Due(1, 11), Due(2, 12), Due(3, 11), Due(4, 13)),
        *(Due(5, None), Due(6, None), Due(7, 14)),
    ]

    batches = []
    while waiting:
        batches.append(first_of(waiting, MOST))
        waiting = waiting[len(batches[-1]) :]

    assert batches == [[1, 2], [3, 4], [5], [6], [7]]


def test_no_more_than_asked_for_and_of_nothing_none():
    waiting = [Due(number, number) for number in range(1, 6)]

    assert first_of(waiting, 3) == [1, 2, 3]
    assert first_of([], 3) == []
