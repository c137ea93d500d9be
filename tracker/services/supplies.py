"""What there is of a drug for the coming refill, and what the refill asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, selectinload

from tracker.domain.orders import (
    WAITING,
    Days,
    OrderState,
    Strength,
    SupplyTask,
    days_of,
    is_compounded,
    is_tracked,
)
from tracker.domain.supplies import Supply, Wanted
from tracker.models import Authorisation, Clinic, DrugOrder, Pump, SupplyReason, Watch
from tracker.services.bookings import booked_for
from tracker.services.catalogues import catalogue_for
from tracker.services.charts import Chart, ChartedFill
from tracker.services.outlooks import clinic_rules


@dataclass(frozen=True, slots=True)
class Need:
    """What the coming refill asks for, and how long what is in the pump lasts."""

    wanted: Wanted
    lasts_days: int | None  # how long the present fill lasts, by its own refill-by
    is_order_tracked: bool

    @property
    def days(self) -> Days:
        return self.wanted.days


def need_of(
    session: Session, pump: Pump, chart: Chart, refill: Watch, *, now: datetime
) -> Need | None:
    """What the coming refill asks for; None where no fill or no date is known."""
    fill, clinic = chart.latest_fill, pump.clinic
    booked_at = _booked_at(session, pump)
    on = needed_on(clinic, refill, booked_at=booked_at)
    if fill is None or on is None:
        return None
    in_pump = strengths_of(fill)
    by = refill.danger_at
    days = days_of(
        on,
        clinic.orders,
        clinic_rules(clinic).open_days,
        booked_on=day_at(clinic, booked_at) if booked_at else None,
        today=day_at(clinic, now),
    )
    return Need(
        wanted=Wanted(days, frozenset(in_pump), fill.fill.volume_ml),
        lasts_days=(day_at(clinic, by) - day_at(clinic, fill.fill.at)).days if by else None,
        is_order_tracked=is_tracked(
            clinic.orders.tracking, compounded=is_made_to_order(clinic, in_pump)
        ),
    )


def needed_on(clinic: Clinic, refill: Watch, *, booked_at: datetime | None) -> date | None:
    """The day of the visit or refill-by, whichever is earlier: never later than the truth."""
    known = [day_at(clinic, at) for at in (booked_at, refill.danger_at) if at is not None]
    return min(known, default=None)


def strengths_of(fill: ChartedFill) -> tuple[Strength, ...]:
    """The drugs of a fill with their concentrations."""
    return tuple((one.code, one.concentration_mcg_per_ml) for one in fill.drugs)


def is_made_to_order(clinic: Clinic, drugs: Sequence[Strength]) -> bool:
    """Whether a pharmacy compounds it, by the products that the catalogue knows."""
    entries = catalogue_for(clinic).drugs
    products = [
        (code, amount)
        for code, _ in drugs
        if code in entries
        for amount in entries[code].product_strengths
    ]
    return is_compounded(drugs, products)


# asked with each refill, so put together once
_ORDERS = (
    sa.select(DrugOrder)
    .where(
        DrugOrder.pump_id == sa.bindparam("pump_id"),
        DrugOrder.clinic_id == sa.bindparam("clinic_id"),
        DrugOrder.state.in_(sa.bindparam("states", expanding=True)),
    )
    .order_by(DrugOrder.id)
    .options(selectinload(DrugOrder.drugs), selectinload(DrugOrder.steps))
)


def orders_of(session: Session, pump: Pump, states: Sequence[OrderState]) -> list[DrugOrder]:
    """The pump's orders at its present clinic, oldest first; another clinic's drug is there."""
    facts = {"pump_id": pump.id, "clinic_id": pump.clinic_id, "states": states}
    return list(session.scalars(_ORDERS, facts))


def drugs_to_come(session: Session, clinic: Clinic) -> dict[int, date]:
    """By pump: the day on which its drug is to come, where none for it is here."""
    waiting = (
        sa.select(DrugOrder.pump_id, DrugOrder.state, DrugOrder.expected_on)
        .where(DrugOrder.clinic_id == clinic.id, DrugOrder.state.in_(WAITING))
        .where(DrugOrder.pump_id.is_not(None))
    )
    rows = session.execute(waiting).all()
    here = {row.pump_id for row in rows if row.state is OrderState.ARRIVED}
    found: dict[int, date] = {}
    for row in rows:
        if row.pump_id not in here and row.expected_on is not None:
            found[row.pump_id] = min(row.expected_on, found.get(row.pump_id, date.max))
    return found


def supply_of(order: DrugOrder) -> Supply:
    """An order as the rules read it: by its label once that has been read."""
    arrival, ordered = order.arrival, frozenset(order.strengths)
    # another label than what was ordered was accepted by two people, or it isn't on record
    is_another = arrival is not None and arrival.as_read != ordered
    return Supply(
        order_id=order.id,
        state=order.state,
        drugs=arrival.as_read if arrival else ordered,
        volume_ml=(arrival and arrival.volume_ml) or order.volume_ml,
        is_other_for_a_reason=bool(is_another or order.other_because),
        beyond_use_on=arrival.beyond_use_on if arrival else None,
        expires_on=arrival.expires_on if arrival else None,
    )


def payers_of(session: Session, pump_id: int) -> list[Authorisation]:
    """What payers were asked and said of a pump, without what was corrected since."""
    asked = _answers().where(Authorisation.pump_id == pump_id)
    return list(session.scalars(asked.order_by(Authorisation.id)))


@cache  # the alias is dear to make
def _answers() -> sa.Select[Authorisation]:
    newer = aliased(Authorisation)
    return sa.select(Authorisation).where(
        ~sa.exists().where(newer.replaces_id == Authorisation.id)
    )


def reasons_of(session: Session, pump: Pump, refill: Watch) -> dict[SupplyTask, SupplyReason]:
    """What was said since the last refill of why nothing has to be ordered or asked for."""
    asked = sa.select(SupplyReason).where(
        SupplyReason.pump_id == pump.id, SupplyReason.recorded_at > refill.opened_at
    )
    return {one.task: one for one in session.scalars(asked.order_by(SupplyReason.id))}


def _booked_at(session: Session, pump: Pump) -> datetime | None:
    visit = booked_for(session, pump.id)
    return visit.scheduled_at if visit else None


def day_at(clinic: Clinic, at: datetime) -> date:
    """The clinic's day."""
    return at.astimezone(clinic.zone).date()
