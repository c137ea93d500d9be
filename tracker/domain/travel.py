"""The way to patients who are seen at home, as it counts against the places of a day."""

from collections.abc import Iterable

# Ours: no source says how long a visit takes. A place stands for an hour of somebody's day.
MINUTES_OF_A_PLACE = 60


def there_and_back(minutes_one_way: Iterable[int | None]) -> int:
    """The minutes of a day on the way; a way that nobody has written down counts none."""
    return sum(2 * (minutes or 0) for minutes in minutes_one_way)


def way_of(minutes_one_way: int | None, *, is_home: bool) -> int:
    """The minutes on the way for one visit; none where the patient comes to the clinic."""
    return there_and_back([minutes_one_way]) if is_home else 0


def places_of_travel(minutes: int) -> int:
    """How many places so many minutes on the way take: an hour that is begun is taken."""
    return -(-minutes // MINUTES_OF_A_PLACE)


def places_taken(visits: int, minutes: int) -> int:
    """How many places of a day its visits take, with the minutes on the way to them."""
    return visits + places_of_travel(minutes)


def minutes_left(places: int, visits: int, minutes: int) -> int:
    """What further visits may take together, each of them a place's minutes and its way.

    The rule of `places_taken` without its rounding: as places are whole, begun hours are within
    them just when the minutes are.
    """
    return MINUTES_OF_A_PLACE * (places - visits) - minutes
