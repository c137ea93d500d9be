"""The way to patients who are seen at home, as it counts against the places of a day."""

from collections.abc import Iterable

# Ours: no source says how long a visit takes. A place stands for an hour of somebody's day.
MINUTES_OF_A_PLACE = 60


def there_and_back(minutes_one_way: Iterable[int | None]) -> int:
    """The minutes of a day on the way; a way that nobody has written down counts none."""
    return sum(2 * (minutes or 0) for minutes in minutes_one_way)


def places_of_travel(minutes: int) -> int:
    """How many places so many minutes on the way take: an hour that is begun is taken."""
    return -(-minutes // MINUTES_OF_A_PLACE)
