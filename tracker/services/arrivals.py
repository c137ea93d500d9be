"""What has come of an order, read off its label by two people; and what is thrown away."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from tracker.domain.blank import is_blank
from tracker.domain.errors import NeedsReason
from tracker.domain.orders import WAITING, NotOrdered, OrderState, Strength
from tracker.domain.units import format_number
from tracker.domain.wording import write_day
from tracker.models import Clinic, DrugOrder, DrugOrderStep, Staff
from tracker.services.order_steps import (
    check_strengths,
    check_volume,
    ended,
    move_order,
    take_order,
    told,
)
from tracker.services.second_people import check_person


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalFacts:
    """What came, by its label: read anew, and not copied from the order."""

    arrived_on: date
    label: tuple[Strength, ...]
    lot: str
    volume_ml: Decimal
    expires_on: date | None = None
    beyond_use_on: date | None = None
    checked_by_id: int | None = None
    unchecked_because: str = ""


def record_arrival(
    session: Session,
    order: DrugOrder,
    facts: ArrivalFacts,
    *,
    reason: str = "",
    by: Staff,
    now: datetime,
) -> None:
    """Write down what came; a label that isn't what was ordered needs two people and a reason.

    Of an order that has arrived already it corrects the label.
    """
    take_order(session, order)
    clinic = session.get_one(Clinic, order.clinic_id)
    _check_arrival(session, order, facts, now.astimezone(clinic.zone).date(), by)
    concerns = _seen(order, facts)
    if concerns and is_blank(reason):
        raise NeedsReason(concerns)
    if frozenset(facts.label) != frozenset(order.strengths) and facts.checked_by_id is None:
        raise NotOrdered(
            "The label isn't what was ordered: a second person has to have read it too.",
            field="second",
        )
    step = DrugOrderStep(
        state=OrderState.ARRIVED,
        happened_on=facts.arrived_on,
        lot=facts.lot.strip(),
        expires_on=facts.expires_on,
        beyond_use_on=facts.beyond_use_on,
        volume_ml=facts.volume_ml,
        label=[[code, format_number(amount)] for code, amount in facts.label],
        checked_by_id=facts.checked_by_id,
        unchecked_because=facts.unchecked_because.strip(),
        reason=reason.strip()[:300] if concerns else "",
    )
    move_order(session, order, step, WAITING, by=by, now=now)


def _check_arrival(
    session: Session, order: DrugOrder, facts: ArrivalFacts, today: date, by: Staff
) -> None:
    if is_blank(facts.lot):
        raise NotOrdered("Give the lot from the label.", field="lot")
    if not facts.label:
        raise NotOrdered("Read drug and concentration off the label.", field="drugs")
    check_strengths(facts.label)
    check_volume(facts.volume_ml)
    if facts.arrived_on > today:
        raise NotOrdered("That day lies in the future.", field="arrived_on")
    if facts.arrived_on < order.ordered_on:
        raise NotOrdered("It can't come before it is ordered.", field="arrived_on")
    if order.is_compounded and facts.beyond_use_on is None:
        raise NotOrdered("A compounded drug has a beyond-use date.", field="beyond_use_on")
    if facts.beyond_use_on is None and facts.expires_on is None:
        raise NotOrdered("Give the expiry date from the label.", field="expires_on")
    if facts.checked_by_id is None:
        if is_blank(facts.unchecked_because):
            raise NotOrdered(
                "Choose who read the label too, or say why nobody did.", field="second"
            )
        return
    unless = facts.unchecked_because
    check_person(session, order.clinic_id, facts.checked_by_id, unless=unless, besides=by.id)


def _seen(order: DrugOrder, facts: ArrivalFacts) -> tuple[str, ...]:
    found = []
    if frozenset(facts.label) != frozenset(order.strengths):
        found.append(
            f"Ordered was {told(order.strengths)}; the label says {told(facts.label)}."
        )
    if facts.volume_ml < order.volume_ml:
        found.append(
            f"{format_number(order.volume_ml)} mL were ordered,"
            f" {format_number(facts.volume_ml)} mL have come."
        )
    for name, day in (
        ("beyond-use date", facts.beyond_use_on),
        ("expiry date", facts.expires_on),
    ):
        if day is not None and day < facts.arrived_on:
            found.append(f"Its {name}, {write_day(day)}, has passed already.")
    if order.arrival is not None:
        found.append("Its arrival is on record already: this corrects the label.")
    return tuple(found)


def discard(
    session: Session, order: DrugOrder, *, reason: str, on: date, by: Staff, now: datetime
) -> None:
    """What has arrived is thrown away or sent back: it can't be counted on any more."""
    step = ended(session, order, OrderState.DISCARDED, reason, on, now=now)
    move_order(session, order, step, (OrderState.ARRIVED,), by=by, now=now)
