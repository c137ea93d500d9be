"""Drug orders and authorisations: what a clinic has decided, and by when each has to be done.

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
    today: date = date.min

    @property
    def goes_in_on(self) -> date:
        """Until when it has to keep, and to be paid for; a visit that is late counts.

        A refill that wasn't done on its day is done today at the earliest.
        """
        return max(self.booked_on or self.needed_on, self.today)


def days_of(
    needed_on: date,
    rules: OrderRules,
    open_days: OpenDays,
    *,
    booked_on: date | None = None,
    today: date = date.min,
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
        today=today,
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
class Task:
    """What is to be done, by when, and why, in sentences for staff."""

    due_on: date
    reasons: tuple[str, ...]
