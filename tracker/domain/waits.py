"""How long something took, of many: the middle, nine of ten, the longest, what waits still."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median


@dataclass(frozen=True, slots=True)
class Waits:
    """Of so many, `over` came to an end; the times are theirs alone, None where none did."""

    whole: int
    over: int
    middle: timedelta | None
    nine_of_ten: timedelta | None
    longest: timedelta | None

    @property
    def never(self) -> int:
        """How many had not come to an end when they were counted."""
        return self.whole - self.over


def waits(spans: Iterable[timedelta | None]) -> Waits:
    """The times that passed; None for what had not come to an end.

    Nine of ten is the smallest time within which at least nine in ten were over.
    """
    known = list(spans)
    over = sorted(one for one in known if one is not None)
    if not over:
        return Waits(len(known), 0, None, None, None)
    middle = timedelta(seconds=median(one.total_seconds() for one in over))
    ninth = over[-(-9 * len(over) // 10) - 1]
    return Waits(len(known), len(over), middle, ninth, over[-1])
