"""Drug orders and authorisations: by when each has to be done, and what is wrong with a drug.

DOMAIN 5.2: the payer says yes first, then the drug is ordered, and it is there some days before
it is needed. Days are counted in the clinic's open days, back from the day of need, so that a
closure or a holiday makes a date earlier and never later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tracker.domain.calendar import OpenDays
from tracker.domain.errors import TrackerError
from tracker.domain.wording import write_day

# DOMAIN 5.2, step 2: lead times of payers are not published; 10 to 15 working days [K]. The
# longer one is taken: too early costs a call, too late a refill.
AUTHORISATION_LEAD_DAYS = 15
PHARMACY_LEAD_DAYS = 5  # ours: no source names one; each clinic sets its pharmacy's own
DRUG_THERE_DAYS = 2  # DOMAIN 5.2, step 3: deliver at least two working days before
LONGEST_LEAD_DAYS = 60  # ours: a quarter of open days; more is a slip of the fingers
FURTHEST = timedelta(days=730)  # ours: an order or a number that lasts for longer is a slip


class NotOrdered(TrackerError):
    """What can't be said of an order, or not any more."""

    code = "not_ordered"


class OrderTracking(StrEnum):
    """For which drugs a clinic has its orders watched."""

    NONE = "none"
    COMPOUNDED = "compounded"
    ALL = "all"


class OrderState(StrEnum):
    """Where an order is. Only what has arrived can be used or thrown away."""

    ORDERED = "ordered"
    ARRIVED = "arrived"
    USED = "used"
    DISCARDED = "discarded"
    CANCELLED = "cancelled"


WAITING = (OrderState.ORDERED, OrderState.ARRIVED)


class PayerStep(StrEnum):
    """What happened to an authorisation."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class SupplyTask(StrEnum):
    """What a documented reason may stand in for."""

    ORDER = "order"
    AUTHORISATION = "authorisation"


TRACKED = tuple(OrderTracking)
Strength = tuple[str, Decimal]  # code of the drug, concentration in mcg/mL


@dataclass(frozen=True, slots=True)
class OrderRules:
    """What a clinic has decided of its orders; days are open days of the clinic."""

    tracking: OrderTracking = OrderTracking.NONE
    needs_authorisation: bool = False
    authorisation_days: int = AUTHORISATION_LEAD_DAYS
    pharmacy_days: int = PHARMACY_LEAD_DAYS
    there_days: int = DRUG_THERE_DAYS

    def __post_init__(self) -> None:
        for name in ("authorisation_days", "pharmacy_days", "there_days"):
            if not 0 <= getattr(self, name) <= LONGEST_LEAD_DAYS:
                raise NotOrdered(f"Give from 0 to {LONGEST_LEAD_DAYS} days.", field=name)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"tracking": self.tracking.value}

    def asks_no_later_than(self, other: "OrderRules") -> bool:
        """Whether nothing is asked for later than by `other`, or not at all any more."""
        lengths = ("authorisation_days", "pharmacy_days", "there_days")
        return (
            TRACKED.index(self.tracking) >= TRACKED.index(other.tracking)
            and self.needs_authorisation >= other.needs_authorisation
            and all(getattr(self, one) >= getattr(other, one) for one in lengths)
        )


def rules_from(kept: dict[str, Any]) -> OrderRules:
    """The rules that a proposal has kept."""
    return OrderRules(**kept | {"tracking": OrderTracking(kept["tracking"])})


@dataclass(frozen=True, slots=True)
class Days:
    """By when: the payer is asked, the drug is ordered, it is there, it goes into the pump."""

    ask_on: date
    order_on: date
    there_on: date
    needed_on: date
    booked_on: date | None = None  # the visit, where it is only after the day of need

    @property
    def goes_in_on(self) -> date:
        """Until when it has to keep, and to be paid for; a visit that is late counts."""
        return self.booked_on or self.needed_on


def days_of(
    needed_on: date,
    rules: OrderRules,
    open_days: OpenDays,
    *,
    booked_on: date | None = None,
) -> Days:
    """The days for a drug that is needed on one, each an open day."""
    there = open_days.days_before(needed_on, rules.there_days)
    order = open_days.days_before(there, rules.pharmacy_days)
    return Days(
        ask_on=open_days.days_before(order, rules.authorisation_days),
        order_on=order,
        there_on=there,
        needed_on=needed_on,
        booked_on=booked_on if booked_on and booked_on > needed_on else None,
    )


def is_compounded(drugs: Sequence[Strength], products: Iterable[Strength]) -> bool:
    """Whether a pharmacy has to make it: a mixture, or a strength that nobody sells.

    A drug of which no product is known counts as compounded: that asks, and hides nothing.
    """
    return len(drugs) != 1 or drugs[0] not in set(products)


def is_tracked(tracking: OrderTracking, *, compounded: bool) -> bool:
    """Whether a clinic has the orders of such a drug watched."""
    return tracking is OrderTracking.ALL or (
        tracking is OrderTracking.COMPOUNDED and compounded
    )


@dataclass(frozen=True, slots=True)
class Supply:
    """An order that waits or has arrived, as far as it decides whether a drug is ready."""

    order_id: int
    state: OrderState
    drugs: frozenset[Strength]
    is_other_for_a_reason: bool = False  # than what is in the pump, and it was said why
    beyond_use_on: date | None = None
    expires_on: date | None = None


def problems_of(supply: Supply, needed_on: date, in_pump: frozenset[Strength]) -> list[str]:
    """Why a drug that has arrived can't be counted on for that day, in sentences."""
    said = []
    for name, day in (
        ("beyond-use date", supply.beyond_use_on),
        ("expiry date", supply.expires_on),
    ):
        if day is not None and day < needed_on:
            said.append(
                f"Its {name}, {write_day(day)}, lies before {write_day(needed_on)},"
                " the day on which it is to go in."
            )
    if supply.drugs != in_pump and not supply.is_other_for_a_reason:
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


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done, by when, and why, in sentences for staff."""

    due_on: date
    reasons: tuple[str, ...]


def order_task(
    days: Days, supplies: Sequence[Supply], in_pump: frozenset[Strength]
) -> Task | None:
    """What has to be done so that the drug is there; None where one is ready."""
    needed = f"The drug is needed on {write_day(days.needed_on)}."
    if days.booked_on:
        needed += f" The visit is booked for {write_day(days.booked_on)}, after that."
    wrong: list[str] = []
    for one in supplies:
        if one.state is OrderState.ARRIVED:
            found = problems_of(one, days.goes_in_on, in_pump)
            if not found:
                return None
            wrong += [f"Order {one.order_id} has arrived and can't be used.", *found]
    coming = [one for one in supplies if one.state is OrderState.ORDERED]
    if coming:
        said = f"It is ordered; by {write_day(days.there_on)} it has to be here."
        return Task(days.there_on, (needed, said, *wrong))
    said = f"No drug is ordered for it; order by {write_day(days.order_on)}."
    return Task(days.order_on, (needed, said, *wrong))


@dataclass(frozen=True, slots=True)
class Payer:
    """One record of what a payer was asked or has said, in the order of recording."""

    step: PayerStep
    valid_from_on: date | None = None
    valid_until_on: date | None = None
    refills: int | None = None  # how many it is for; None: not limited

    def covers(self, on: date, filled_on: Sequence[date]) -> bool:
        """Whether a refill on that day is granted, after those that it was used for."""
        begins, ends = self.valid_from_on, self.valid_until_on
        if (
            self.step is not PayerStep.GRANTED
            or (begins and on < begins)
            or (ends and on > ends)
        ):
            return False
        used = sum((begins or one) <= one <= (ends or one) for one in filled_on)
        return self.refills is None or used < self.refills


def authorisation_task(
    days: Days, payers: Sequence[Payer], filled_on: Sequence[date]
) -> Task | None:
    """What has to be done so that the payer pays; None where the day of need is granted.

    A refusal ends what was granted before it: only a newer grant counts.
    """
    refusals = [place for place, one in enumerate(payers) if one.step is PayerStep.REFUSED]
    since = payers[refusals[-1] + 1 :] if refusals else payers
    if any(one.covers(days.goes_in_on, filled_on) for one in since):
        return None
    said = [
        f"The next refill is on {write_day(days.goes_in_on)}, and no authorisation covers it."
    ]
    if payers and payers[-1].step is PayerStep.ASKED:
        said.append(
            f"It is asked for; the drug is to be ordered by {write_day(days.order_on)}."
        )
        return Task(days.order_on, tuple(said))
    if payers and payers[-1].step is PayerStep.REFUSED:
        said.append("The payer has refused it.")
    granted = [one for one in since if one.step is PayerStep.GRANTED]
    said += [_why_not(one, days.goes_in_on) for one in granted[-1:]]
    said.append(f"Ask by {write_day(days.ask_on)}.")
    return Task(days.ask_on, tuple(said))


def _why_not(granted: Payer, on: date) -> str:
    if granted.valid_until_on is not None and granted.valid_until_on < on:
        return f"The last one ends on {write_day(granted.valid_until_on)}."
    if granted.valid_from_on is not None and on < granted.valid_from_on:
        return f"The last one begins on {write_day(granted.valid_from_on)}."
    return "The last one is used up."
