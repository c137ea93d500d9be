"""Whether a pump runs fast or slow: exact tests on its accuracy ratios, oldest first.

Two questions, each with the chance that a pump which runs true would look so. Whether most
ratios lie on one side of 1 is the sign test; whether they rise or fall is Mann and Kendall's,
with the median of all slopes (Theil and Sen). Nothing here moves a date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from math import comb, factorial

NEWEST = 12  # ours: some three years of refills; what was before says little of the pump now
RARE = Fraction(1, 20)  # ours: the usual one in twenty, to both sides
SHIFT = Fraction(25, 1000)  # S:22: pumps give 2.5 % too much a refill on average; less is usual


class Lean(StrEnum):
    """What a pump's ratios say of it, where they say something."""

    FAST = "runs_fast"
    SLOW = "runs_slow"
    FASTER = "runs_ever_faster"
    SLOWER = "runs_ever_slower"


@dataclass(frozen=True, slots=True)
class Drift:
    """One finding: over how many refills, how far, and how likely it would be by chance.

    `shift` is the median distance from 1, or the median change a refill; `chance` is at most
    RARE.
    """

    lean: Lean
    refills: int
    shift: Fraction
    chance: Fraction


def drifts(ratios: Sequence[Fraction]) -> tuple[Drift, ...]:
    """What the newest ratios (delivered by programmed, oldest first) show; often nothing."""
    newest = list(ratios)[-NEWEST:]
    return tuple(one for one in (_to_one_side(newest), _ever_more(newest)) if one is not None)


def _to_one_side(ratios: Sequence[Fraction]) -> Drift | None:
    """The sign test; ratios of exactly 1 speak for neither side."""
    above, below = sum(one > 1 for one in ratios), sum(one < 1 for one in ratios)
    chance = sign_chance(above, below)
    if chance > RARE:
        return None
    shift = median(ratios) - 1
    if abs(shift) < SHIFT:
        return None
    return Drift(Lean.FAST if shift > 0 else Lean.SLOW, len(ratios), shift, chance)


def _ever_more(ratios: Sequence[Fraction]) -> Drift | None:
    """Mann and Kendall's test; ties speak against whatever the others show."""
    pairs = [(later - earlier) for earlier, later in combinations(ratios, 2)]
    rising, falling = sum(one > 0 for one in pairs), sum(one < 0 for one in pairs)
    chance = trend_chance(len(ratios), len(pairs) - max(rising, falling))
    if chance > RARE:
        return None
    slope = median(
        [
            (later - earlier) / (j - i)
            for (i, earlier), (j, later) in combinations(enumerate(ratios), 2)
        ]
    )
    if abs(slope) * (len(ratios) - 1) < SHIFT:
        return None
    lean = Lean.FASTER if slope > 0 else Lean.SLOWER
    return Drift(lean, len(ratios), slope, chance)


def sign_chance(above: int, below: int) -> Fraction:
    """How likely two sides as uneven as these, or more so, are by tossing a coin."""
    tosses, most = above + below, max(above, below)
    heads = sum(comb(tosses, one) for one in range(most, tosses + 1))
    return min(Fraction(1), Fraction(2 * heads, 2**tosses))


def trend_chance(number: int, against: int) -> Fraction:
    """How likely it is that at most `against` pairs of `number` in random order disagree."""
    orders = [1]  # how many orders of the first so many have 0, 1, 2 … pairs turned round
    for size in range(2, number + 1):
        longer = [0] * (len(orders) + size - 1)
        for turned, ways in enumerate(orders):
            for more in range(size):
                longer[turned + more] += ways
        orders = longer
    return min(Fraction(1), Fraction(2 * sum(orders[: against + 1]), factorial(number)))


def median(values: Sequence[Fraction]) -> Fraction:
    """The middle one, or the middle between the two; exact."""
    in_order, half = sorted(values), len(values) // 2
    if len(values) % 2:
        return in_order[half]
    return (in_order[half - 1] + in_order[half]) / 2
