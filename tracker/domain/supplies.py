"""Whether the drug for a refill is ready: what keeps it from being used, and until when it is.

What is here is judged against the refill: it has to keep until it goes in, and there has to be
as much as the pump took last time. A refill that is late goes in today at the earliest, so a
drug may cease to be ready by the days that pass alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tracker.domain.orders import Days, OrderState, Strength, Task
from tracker.domain.units import format_number
from tracker.domain.wording import write_day


@dataclass(frozen=True, slots=True)
class Supply:
    """An order that waits or has arrived, as far as it decides whether a drug is ready."""

    order_id: int
    state: OrderState
    drugs: frozenset[Strength]
    volume_ml: Decimal  # by the label, once that has been read
    is_other_for_a_reason: bool = False  # than what is in the pump, and it was said why
    beyond_use_on: date | None = None
    expires_on: date | None = None

    @property
    def keeps_until(self) -> date:
        """The last day on which it may go in, as far as its label says."""
        return min(self.beyond_use_on or date.max, self.expires_on or date.max)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the refill asks of a drug: until when it has to keep, which drug, and how much."""

    days: Days
    drugs: frozenset[Strength]  # those of the last fill
    volume_ml: Decimal  # what the pump took at the last fill


def problems_of(supply: Supply, wanted: Wanted) -> list[str]:
    """Why a drug that has arrived can't be counted on for that day, in sentences."""
    said, needed_on = [], wanted.days.goes_in_on
    for name, day in (
        ("beyond-use date", supply.beyond_use_on),
        ("expiry date", supply.expires_on),
    ):
        if day is not None and day < needed_on:
            said.append(
                f"Its {name}, {write_day(day)}, lies before {write_day(needed_on)},"
                " the day on which it is to go in."
            )
    if supply.drugs != wanted.drugs and not supply.is_other_for_a_reason:
        said.append("Drug or concentration is not that of the last fill of the pump.")
    return said


def too_short_for(supply: Supply, needed_on: date, lasts_days: int | None) -> str:
    """That a fill could not stay in for as long as the last one; empty where it could.

    The beyond-use date binds the fill too (DOMAIN 3.1, rule 3): the next refill comes earlier.
    """
    until = supply.beyond_use_on
    if until is None or lasts_days is None or until < needed_on:
        return ""
    if until >= needed_on + timedelta(days=lasts_days):
        return ""
    return (
        f"With this beyond-use date the next refill is needed by {write_day(until)},"
        f" and not after {lasts_days} days."
    )


def too_little_for(here_ml: Decimal, wanted: Wanted) -> str:
    """That there is less than the pump took at the last fill; empty where there is enough."""
    if here_ml >= wanted.volume_ml:
        return ""
    return (
        f"That is {format_number(here_ml)} mL;"
        f" the last fill took {format_number(wanted.volume_ml)} mL."
    )


def ready_until(supplies: Sequence[Supply], wanted: Wanted) -> date | None:
    """The last day on which what is here is enough for the refill; None where it isn't now.

    Several that can be used count together: what is missing may come as another order.
    """
    here_ml = Decimal(0)
    for one in sorted(_usable(supplies, wanted), key=_keeps_until, reverse=True):
        here_ml += one.volume_ml
        if here_ml >= wanted.volume_ml:
            return one.keeps_until
    return None


def order_task(supplies: Sequence[Supply], wanted: Wanted) -> Task | None:
    """What has to be done so that the drug is there; None where one is ready."""
    if ready_until(supplies, wanted) is not None:
        return None
    days = wanted.days
    needed = f"The drug is needed on {write_day(days.needed_on)}."
    if days.booked_on:
        needed += f" The visit is booked for {write_day(days.booked_on)}, after that."
    wrong = _wrong(supplies, wanted)
    if any(one.state is OrderState.ORDERED for one in supplies):
        said = f"It is ordered; by {write_day(days.there_on)} it has to be here."
        return Task(days.there_on, (needed, said, *wrong))
    missing = "Nothing more is" if _usable(supplies, wanted) else "No drug is"
    said = f"{missing} ordered for it; order by {write_day(days.order_on)}."
    return Task(days.order_on, (needed, said, *wrong))


def _wrong(supplies: Sequence[Supply], wanted: Wanted) -> list[str]:
    """What has arrived and isn't enough, each order with why."""
    said: list[str] = []
    for one in supplies:
        if one.state is OrderState.ARRIVED and (found := problems_of(one, wanted)):
            said += [f"Order {one.order_id} has arrived and can't be used.", *found]
    usable = _usable(supplies, wanted)
    if usable:
        here_ml = sum((one.volume_ml for one in usable), Decimal(0))
        said += ["Too little has arrived.", too_little_for(here_ml, wanted)]
    return said


def _usable(supplies: Sequence[Supply], wanted: Wanted) -> list[Supply]:
    return [
        one
        for one in supplies
        if one.state is OrderState.ARRIVED and not problems_of(one, wanted)
    ]


def _keeps_until(supply: Supply) -> date:
    return supply.keeps_until
