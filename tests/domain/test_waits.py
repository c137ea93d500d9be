"""How long something took, of many, by hand."""

from datetime import timedelta

from tracker.domain.waits import waits

HOUR = timedelta(hours=1)


def test_the_middle_nine_of_ten_and_the_longest_are_of_what_came_to_an_end():
    found = waits([*(number * HOUR for number in (3, 1, 2, 10)), None])

    assert (found.whole, found.over, found.never) == (5, 4, 1)
    assert found.middle == 2.5 * HOUR  # between the second and the third of four
    assert found.nine_of_ten == 10 * HOUR  # nine tenths of four are 3.6: the fourth
    assert found.longest == 10 * HOUR


def test_of_ten_the_ninth_is_nine_of_ten():
    assert waits([number * HOUR for number in range(1, 11)]).nine_of_ten == 9 * HOUR


def test_of_nothing_and_of_what_waits_still_no_time_is_said():
    assert waits([]).middle is None
    assert (waits([None, None]).never, waits([None]).longest) == (2, None)
